/** The Python of the project's virtual environment, for what a test runs beside the server. */
import { projectRoot } from "../support/server.ts";

export const testPython: string = `${projectRoot}.venv/bin/python`;
