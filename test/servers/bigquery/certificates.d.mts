export function makeCertificate(directory: string): Promise<{ readonly certificate: string; readonly key: string }>;
