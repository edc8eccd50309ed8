// How a command ends when it can't go on: a SetupFault is for the person, anything else is a fault of the scripts.
import { SetupFault } from "./project.mjs";

/** Runs a command's work; a SetupFault becomes its message on stderr and exit code 1. */
export async function command(work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof SetupFault)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
