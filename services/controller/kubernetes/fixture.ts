// A real API server to test against: that of KUBECONFIG, see `make test-cluster`.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { testKubeconfig } from '../../testing/cluster.ts';
import { happened } from '../../testing/happened.ts';
import { findCredentials } from './credentials.ts';
import { connectKubernetes, type Kubernetes, statusOf } from './kubernetes.ts';

export interface TestNamespace {
  readonly kubernetes: Kubernetes;
  readonly name: string;
  /** With everything in it; the server goes on with that by itself. */
  remove(): Promise<void>;
}

export async function connectToTestCluster(): Promise<Kubernetes> {
  const kubeconfig = testKubeconfig();
  return connectKubernetes(await findCredentials({ kubeconfig, host: undefined, port: undefined }));
}

/** A namespace of its own, in a cluster that knows OcrWorkerPools. */
export async function createTestNamespace(): Promise<TestNamespace> {
  const kubernetes = await connectToTestCluster();
  await applyDefinition(kubernetes);
  const name = `controller-${randomUUID().slice(0, 8)}`;
  await kubernetes.request('POST', '/api/v1/namespaces', {
    body: { apiVersion: 'v1', kind: 'Namespace', metadata: { name } },
  });
  return {
    kubernetes,
    name,
    async remove() {
      await kubernetes.request('DELETE', `/api/v1/namespaces/${name}`);
      kubernetes.close();
    },
  };
}

async function applyDefinition(kubernetes: Kubernetes): Promise<void> {
  const file = path.join(
    import.meta.dirname,
    '../../../charts/cricksy-ocr/crds/ocrworkerpool.yaml',
  );
  const definition = parse(readFileSync(file, 'utf8')) as { metadata: { name: string } };
  const address = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`;
  await kubernetes.request('PATCH', address, {
    body: definition,
    type: 'application/apply-patch+yaml',
    query: { fieldManager: 'cricksy-ocr-test', force: 'true' },
  });
  // It is served a moment later, and not while it changes.
  await happened(async () => {
    try {
      await kubernetes.request('GET', '/apis/ocr.cricksy.dev/v1alpha1/ocrworkerpools');
      return true;
    } catch (error) {
      if (statusOf(error) !== 404 && statusOf(error) !== 429) throw error;
      return false;
    }
  });
}
