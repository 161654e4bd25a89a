// An OcrWorkerPool as it stands in the cluster (charts/cricksy-ocr/crds says what each field means),
// and what the policies make of it. The API server has filled in what was left out.
import type { KubernetesObject } from '../kubernetes/objects.ts';
import type { PolicySettings, PoolSpec } from '../policy/types.ts';

export interface OcrWorkerPool extends KubernetesObject {
  readonly spec: {
    readonly targetRef: { readonly name: string };
    readonly pool: string;
    readonly slots: number;
    readonly minReplicas: number;
    readonly maxReplicas: number;
    readonly spares: number;
    readonly paused: boolean;
    readonly dryRun: boolean;
    readonly policy: {
      readonly name: PolicySettings['name'];
      readonly utilisationPercent: number;
      readonly drainTargetSeconds: number;
      readonly depthPerWorker: number;
    };
    readonly stabilisation: {
      readonly downSeconds: number;
      readonly upSeconds: number;
      readonly panicPercent: number;
    };
    readonly scaleDown: { readonly drainSeconds: number };
    readonly schedule?: readonly {
      readonly start: string;
      readonly end: string;
      readonly timezone?: string;
      readonly minReplicas: number;
    }[];
  };
  readonly status?: PoolStatus;
}

export interface PoolStatus {
  readonly observedGeneration: number;
  readonly wanted: number;
  readonly replicas: number;
  readonly ready: number;
  readonly starting: number;
  readonly busy: number;
  readonly idle: number;
  readonly draining: number;
  readonly waiting: number;
  readonly waitingSeconds: number;
  readonly reason: string;
  readonly message: string;
  readonly lastScaleTime?: string | undefined;
  readonly conditions: readonly Condition[];
}

export interface Condition {
  readonly type: 'Ready' | 'Active' | 'Paused' | 'Conflicted' | 'SignalLost';
  readonly status: 'True' | 'False' | 'Unknown';
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
  readonly reason: string;
  readonly message: string;
}

export function specOf({ spec }: OcrWorkerPool): PoolSpec {
  const { stabilisation } = spec;
  return {
    bounds: { min: spec.minReplicas, max: spec.maxReplicas },
    slots: spec.slots,
    policy: policyOf(spec.policy),
    stabilisation: {
      downSeconds: stabilisation.downSeconds,
      upSeconds: stabilisation.upSeconds,
      panicRatio: stabilisation.panicPercent / 100,
    },
    spares: spec.spares,
    schedule: (spec.schedule ?? []).map(({ minReplicas, ...window }) => ({
      ...window,
      min: minReplicas,
    })),
  };
}

function policyOf(policy: OcrWorkerPool['spec']['policy']): PolicySettings {
  switch (policy.name) {
    case 'work-seconds':
      return {
        name: policy.name,
        utilisation: policy.utilisationPercent / 100,
        drainTarget: policy.drainTargetSeconds,
      };
    case 'queue-depth':
      return { name: policy.name, depthPerWorker: policy.depthPerWorker };
  }
}
