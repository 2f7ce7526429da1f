/** The text with every secret replaced, also where quotes or backslashes in it are doubled, as in a quoted literal. */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const forms = secrets.flatMap((secret) => {
    const quoted = secret.replaceAll("'", "''");
    return [secret, quoted, quoted.replaceAll('\\', '\\\\')];
  });
  const longestFirst = [...new Set(forms)].filter((form) => form !== '').sort((a, b) => b.length - a.length);
  return longestFirst.reduce((rest, form) => rest.replaceAll(form, '***'), text);
}
