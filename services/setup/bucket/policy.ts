// The least that gateway and worker need, as policies of AWS. Other stores have grants of their
// own with the same verbs.

export interface PolicySubject {
  readonly bucket: string;
  /** ARN of the key of aws:kms, where one is named. */
  readonly kmsKey: string | undefined;
}

interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
}

export interface Policy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly Statement[];
}

/** It signs PUTs and GETs with its own rights, checks, shows results, deletes, and leaves the ledger's mark. */
export function gatewayPolicy(subject: PolicySubject): Policy {
  const at = (path: string) => `arn:aws:s3:::${subject.bucket}/${path}`;
  const [uploads, results, mark] = [at('uploads/*'), at('results/*'), at('ledger/mark.json')];
  return policy(subject, [
    { Effect: 'Allow', Action: ['s3:GetObject'], Resource: [uploads, results, mark] },
    { Effect: 'Allow', Action: ['s3:PutObject'], Resource: [uploads, mark] },
    { Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [uploads, results] },
  ]);
}

/** It reads uploads and writes results. */
export function workerPolicy(subject: PolicySubject): Policy {
  const at = (path: string) => `arn:aws:s3:::${subject.bucket}/${path}`;
  return policy(subject, [
    { Effect: 'Allow', Action: ['s3:GetObject'], Resource: at('uploads/*') },
    { Effect: 'Allow', Action: ['s3:PutObject'], Resource: at('results/*') },
  ]);
}

function policy({ bucket, kmsKey }: PolicySubject, own: readonly Statement[]): Policy {
  const list: Statement = {
    Effect: 'Allow',
    // Without it a missing object is answered as a forbidden one.
    Action: ['s3:ListBucket'],
    Resource: `arn:aws:s3:::${bucket}`,
  };
  const key: Statement[] = kmsKey
    ? [{ Effect: 'Allow', Action: ['kms:Decrypt', 'kms:GenerateDataKey'], Resource: kmsKey }]
    : [];
  return { Version: '2012-10-17', Statement: [...own, list, ...key] };
}
