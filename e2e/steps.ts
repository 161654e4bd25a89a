// The steps in their order.
import { backupAndRestore } from './steps/backup-and-restore.ts';
import { scaledBurst } from './steps/burst.ts';
import { dependenciesRestart } from './steps/dependencies-restart.ts';
import { drain } from './steps/drain.ts';
import { gatewayRollout } from './steps/gateway-rollout.ts';
import { handScaling } from './steps/hand-scaling.ts';
import { helmTest } from './steps/helm-test.ts';
import { images, unchangedImages } from './steps/images.ts';
import { install } from './steps/install.ts';
import { killedMigration } from './steps/killed-migration.ts';
import { killedWorker } from './steps/killed-worker.ts';
import { modes } from './steps/modes.ts';
import { monitoring } from './steps/monitoring.ts';
import { networkPolicy } from './steps/network-policy.ts';
import { newMigration } from './steps/new-migration.ts';
import { samples } from './steps/samples.ts';
import { someScaleDowns } from './steps/scale-downs.ts';
import { sourcesInPods } from './steps/sources-in-pods.ts';
import { uninstall } from './steps/uninstall.ts';
import { workerRollout } from './steps/worker-rollout.ts';
import type { Step } from './world.ts';

export const steps: readonly Step[] = [
  { name: 'the images are built and in the cluster', run: images, vital: true },
  { name: 'built again, unchanged', run: unchangedImages },
  { name: 'helm install is ready in a restricted namespace', run: install, vital: true },
  { name: 'helm test reads a picture through the Service', run: helmTest },
  { name: 'samples and a long PDF are read as they should be, and told live', run: samples },
  { name: 'a stranger may not reach the database', run: networkPolicy },
  { name: 'the PodMonitor means every gateway and worker, and each answers', run: monitoring },
  { name: 'a worker killed in mid-page loses nothing', run: killedWorker },
  { name: 'a drained worker holds nothing, its pod is not ready', run: drain },
  {
    name: 'workers are upgraded and rolled back under load, nothing is read twice',
    run: workerRollout,
  },
  { name: 'an upgrade with a new migration, and back, loses nothing', run: newMigration },
  { name: 'gateways are replaced, no request fails', run: gatewayRollout },
  {
    name: 'a restored backup loses nothing: what it does not know is adopted',
    run: backupAndRestore,
  },
  // Wipes the database: what lay in the store before is known to nobody after it.
  { name: 'a migrations job killed in an upgrade is done all the same', run: killedMigration },
  { name: 'RabbitMQ and PostgreSQL start again, nothing is lost', run: dependenciesRestart },
  { name: 'a change of who scales keeps what runs', run: modes },
  { name: 'a burst brings workers, and they go when it is done', run: scaledBurst },
  { name: 'ten scale-downs under load take no work away', run: someScaleDowns },
  { name: 'scaling by hand is reported and undone', run: handScaling },
  { name: 'sources copied into running pods take effect', run: sourcesInPods },
  { name: 'helm uninstall leaves nothing but the volumes that it announces', run: uninstall },
];
