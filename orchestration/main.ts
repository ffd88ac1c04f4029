export { startWorker, type StartedWorker, type WorkerOptions } from "./worker.ts";
