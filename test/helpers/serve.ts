import { Jac } from "./jac.js";

export const TOKEN = "a-token";

/** A process of `jac serve` on a port of its own. */
export class Serving {
  private constructor(
    readonly process: Jac,
    readonly url: string,
  ) {}

  static async start(queue: string, ...args: string[]): Promise<Serving> {
    const process = new Jac(["serve", "--queue", queue, "--port", "0", ...args], { JAC_TOKEN: TOKEN });
    await process.says("serving");
    const url = /at (http:\S+?)\/;/.exec(process.stderr)?.[1] ?? "";
    return new Serving(process, url);
  }

  /** Asks as one who knows the token; `init` may say otherwise. */
  async ask(
    path: string,
    init: RequestInit = { headers: { authorization: `Bearer ${TOKEN}` } },
  ): Promise<Response> {
    return await fetch(`${this.url}${path}`, { redirect: "manual", ...init });
  }

  async stop(): Promise<void> {
    this.process.kill("SIGTERM");
    await this.process.finished;
  }
}
