// Addresses of what the controller reads and writes, in its one namespace.

export interface Paths {
  readonly pools: string;
  readonly deployments: string;
  readonly replicaSets: string;
  readonly pods: string;
  readonly autoscalers: string;
  readonly events: string;
}

export function pathsIn(namespace: string): Paths {
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  return {
    pools: `/apis/ocr.cricksy.dev/v1alpha1/namespaces/${namespace}/ocrworkerpools`,
    deployments: `${apps}/deployments`,
    replicaSets: `${apps}/replicasets`,
    pods: `/api/v1/namespaces/${namespace}/pods`,
    autoscalers: `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
    events: `/api/v1/namespaces/${namespace}/events`,
  };
}
