/** What can be switched off without stopping anything: taking uploads, and reading them. */
export const features = ['uploads', 'ocr'] as const;
export type Feature = (typeof features)[number];
