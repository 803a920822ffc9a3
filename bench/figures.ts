/** The value below which a share of the values lies (nearest rank). */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

/** One figure with its budget beside it. */
export function printRow(name: string, measured: string, budget: string): void {
  console.log(`  ${name.padEnd(28)} ${measured.padStart(14)}   ${budget}`);
}
