import { LocalQueue } from "../../src/shared/local-queue.js";
import { describeRunQueue } from "./queue-conformance.js";

describeRunQueue("LocalQueue", async () => new LocalQueue());
