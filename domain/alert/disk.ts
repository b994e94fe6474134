// When a disk is low, and when it is no longer: apart by a margin, so that a disk at the edge is one alert and not many.

const lowShare = 0.05;
const lowBytes = 20e9;
const margin = 1.4;

export interface Disk {
  freeBytes: number;
  /** of the whole, 0 to 1 */
  share: number;
}

/** `low`: under 5 % and under 20 GB, since 5 % of a large disk is plenty. `fine`: well above. Null: as it was. */
export function diskNews({ freeBytes, share }: Disk): "low" | "fine" | null {
  if (share < lowShare && freeBytes < lowBytes) return "low";
  return share > lowShare * margin || freeBytes > lowBytes * margin ? "fine" : null;
}
