import { LocalQueue } from "../../src/queue/local-queue.js";
import { describeRunQueue } from "./queue-conformance.js";

describeRunQueue("LocalQueue", async () => new LocalQueue());
