/** A backup or a restore failed on the way; what was there before is there still. */
export class BackupError extends Error {
  override readonly name = "BackupError";
}
