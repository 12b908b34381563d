/**
 * Where a run's files live. Names are relative, with `/` between the parts: `jacobians/part-00000.arrow`.
 * A reader never sees half a file: whatever has a name is complete.
 */
export interface RunFolder {
  /** What a job's payload carries, for `openFolder` in another process. */
  readonly uri: string;
  /** The same for a person: a path where it is one. */
  readonly location: string;
  /** The bytes of a file; rejects with an `Error` whose `code` is ENOENT where there is none. */
  read(name: string): Promise<Uint8Array>;
  exists(name: string): Promise<boolean>;
  /** The files whose names begin with the prefix, by name; unfinished ones are left out. */
  list(prefix: string): Promise<StoredFile[]>;
  /** Writes a file, replacing what was there in one step. */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Writes a file unless it is there, in one step: of two attempts one is kept, and both may go on. */
  commit(name: string, bytes: Uint8Array): Promise<"committed" | "present">;
  /** Removes a file; one that is not there is no error. */
  remove(name: string): Promise<void>;
  /** Removes what interrupted writes left behind. */
  sweep(): Promise<void>;
}

/** A file of a run's folder. */
export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}
