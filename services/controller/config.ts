import { z } from 'zod';
import { count, shared } from '#core/config.ts';

export const controllerConfig = z.object({
  ...shared,
  /** The namespace whose OcrWorkerPools are obeyed. */
  CRICKSY_NAMESPACE: z.string().min(1),
  /** Shown in the Lease and in logs; a pod's name in a cluster. */
  CRICKSY_CONTROLLER_ID: z.string().optional(),
  /** The Lease that decides which of several controllers acts. */
  CRICKSY_LEASE_NAME: z.string().default('cricksy-ocr-controller'),
  /** Port of /livez, /readyz and /metrics; 0: none. */
  CRICKSY_INTERNAL_PORT: count.default(0),
  CRICKSY_INTERNAL_HOST: z.string().default('0.0.0.0'),
  /** Outside of a pod: the file that says where the API server is. */
  KUBECONFIG: z.string().optional(),
  /** Told to every pod. */
  KUBERNETES_SERVICE_HOST: z.string().optional(),
  KUBERNETES_SERVICE_PORT: z.string().optional(),
});
export type ControllerConfig = z.infer<typeof controllerConfig>;
