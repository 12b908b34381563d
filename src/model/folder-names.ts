/** The folders in which .keras files keep a list of layers: named by class, numbered where a class comes again. */
export class FolderNames {
  private readonly used = new Map<string, number>();

  next(className: string): string {
    const name = snakeCase(className);
    const count = this.used.get(name) ?? 0;
    this.used.set(name, count + 1);
    return count === 0 ? name : `${name}_${count}`;
  }
}

/** The folder name Keras gives a class: TimeDistributed → time_distributed, LSTM → lstm, Conv1D → conv1d. */
function snakeCase(className: string): string {
  // The one class that is not named as the configuration names it.
  const name = className === "GroupQueryAttention" ? "GroupedQueryAttention" : className;
  return name
    .replace(/\W+/g, "")
    .replace(/(.)([A-Z][a-z]+)/g, "$1_$2")
    .replace(/([a-z])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
