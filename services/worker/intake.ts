// Whether this worker takes work: it consumes while it is active and stops while it drains.
import type { Broker, Consumer, Delivery } from '#core/broker/broker.ts';
import type { Log } from '#core/log.ts';

export interface Intake {
  /** Consumes, or does not. Calls are done one after another; the last one wins. */
  set(state: 'open' | 'closed'): Promise<void>;
  readonly state: 'open' | 'closed';
}

export function createIntake(deps: {
  readonly broker: Pick<Broker, 'consume'>;
  readonly pool: string;
  /** As many deliveries as there are slots: one that is not being read helps nobody. */
  readonly prefetch: number;
  readonly onDelivery: (delivery: Delivery) => void;
  readonly log: Log;
}): Intake {
  let consumer: Consumer | undefined;
  let wanted: 'open' | 'closed' = 'closed';
  let turn: Promise<void> = Promise.resolve();

  const apply = async () => {
    if (wanted === 'open' && !consumer) {
      consumer = await deps.broker.consume(deps.pool, { prefetch: deps.prefetch }, deps.onDelivery);
      deps.log.info({ pool: deps.pool, slots: deps.prefetch }, 'taking work');
    }
    if (wanted === 'closed' && consumer) {
      const stopping = consumer;
      consumer = undefined;
      await stopping.stop();
      deps.log.info({}, 'taking no more work');
    }
  };

  return {
    set(state) {
      wanted = state;
      turn = turn.then(apply, apply);
      return turn;
    },
    get state() {
      return wanted;
    },
  };
}
