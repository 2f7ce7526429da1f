/* Characters of CSV files and of what stands in them, as their bytes. */
export const tab = 0x09;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
export const space = 0x20;
export const quote = 0x22;
/** Also a hyphen. */
export const minus = 0x2d;
export const point = 0x2e;
export const zero = 0x30;
export const colon = 0x3a;
export const equals = 0x3d;
export const letterT = 0x54;
export const letterZ = 0x5a;
