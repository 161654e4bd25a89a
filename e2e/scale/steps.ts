// What takes long: the same promises with more of everything, and beside others.
import { deployController } from '../scaling/pool.ts';
import { scaleDowns } from '../scaling/scale-downs.ts';
import { images } from '../steps/images.ts';
import { install } from '../steps/install.ts';
import type { Step } from '../world.ts';
import { apiServerAway, brokerAway } from './away.ts';
import { allModes, builtinBurst } from './builtin.ts';
import { kedaBurst } from './keda.ts';
import { killedController } from './killed-controller.ts';
import { fiftyPools, thousandWorkers } from './many-workers.ts';
import { twoControllers } from './two-controllers.ts';

export const scaleSteps: readonly Step[] = [
  { name: 'the images are built and in the cluster', run: images, vital: true },
  { name: 'helm install is ready in a restricted namespace', run: install, vital: true },
  { name: 'a change between all four modes keeps what runs', run: allModes },
  { name: '200 uploads at once from no worker', run: builtinBurst },
  { name: '200 uploads at once from no worker, with KEDA', run: kedaBurst },
  {
    name: '100 scale-downs under load take no work away',
    run: async (world) => {
      await deployController(world);
      return scaleDowns(world, 100);
    },
  },
  { name: 'the controller is killed in each step of a scale-down', run: killedController },
  { name: 'the broker is away for a minute, nothing is scaled', run: brokerAway },
  { name: 'the API server is away from the controller for a minute', run: apiServerAway },
  { name: 'of two controllers one leads, the other takes over', run: twoControllers },
  { name: 'what 1,000 workers cost the controller', run: thousandWorkers },
  { name: 'what 50 pools cost the controller', run: fiftyPools },
];
