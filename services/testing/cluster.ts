import assert from 'node:assert/strict';

/** The file that says where the cluster to test on is. */
export function testKubeconfig(): string {
  const file = process.env['KUBECONFIG'];
  assert.ok(file, 'this test needs a cluster: KUBECONFIG, or make test-cluster');
  return file;
}
