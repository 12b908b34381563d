import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as after } from "node:timers/promises";

/** Redis on its usual port: the one that is there, or one of the tests' own for as long as they run. */
export default async function setup(): Promise<() => Promise<void>> {
  if (await answers()) return async () => {};
  const server = spawn(
    "redis-server",
    ["--port", "6379", "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"],
    {
      stdio: "ignore",
    },
  );
  const failed = new Promise<never>((_, reject) => {
    server.on("error", () => reject(new Error("the tests need redis-server: apt-get install redis-server")));
    server.on("exit", (code) => reject(new Error(`redis-server ended with ${code}`)));
  });
  failed.catch(() => {});
  while (!(await answers())) await Promise.race([after(100), failed]);
  return () => stop(server);
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(6379, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

async function stop(server: ChildProcess): Promise<void> {
  server.removeAllListeners("exit");
  const ended = new Promise((resolve) => server.once("exit", resolve));
  server.kill();
  await ended;
}
