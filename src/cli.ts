#!/usr/bin/env node
import { enter } from "./cli/enter.js";

await enter(process, process.argv.slice(2));
