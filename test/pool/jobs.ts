/** A job that only notes what it is told. */
import { Job } from "../../src/pool/job.ts";

export class NotedJob extends Job {
  readonly name: string;
  readonly heard: string[] = [];
  progressed = 0;

  constructor(name = "job") {
    super();
    this.name = name;
  }

  override onAnswer(): void {
    this.heard.push("answer");
  }

  override onBlock(): void {
    this.heard.push("block");
  }

  override onAbort(): void {
    this.heard.push("abort");
  }

  override onLost(): void {
    this.heard.push("lost");
  }

  override onWant(bytes: number): void {
    this.heard.push(`want ${bytes}`);
  }

  override onEarlyHints(): void {
    this.heard.push("early hints");
  }

  override onFile(): void {
    this.heard.push("file");
  }

  override onTimeout(): void {
    this.heard.push("timeout");
  }

  override progress(): number {
    return this.progressed;
  }

  override describe(): string {
    return this.name;
  }
}
