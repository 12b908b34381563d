declare module "parse-prometheus-text-format" {
  /** Metric families of a text in Prometheus's exposition format. */
  export default function parse(text: string): {
    name: string;
    type: string;
    metrics: { value: string; labels?: Record<string, string> }[];
  }[];
}
