import { expect } from "vitest";
import { readDataset } from "../../src/producer/read/read-dataset.js";
import { UserError } from "../../src/shared/errors.js";

/** The message with which a file is refused, which must be a UserError of one line. */
export async function refusalOf(path: string): Promise<string> {
  const error = await readDataset(path).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UserError);
  const { message } = error as UserError;
  expect(message).not.toContain("\n");
  return message;
}
