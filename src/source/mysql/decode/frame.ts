/**
 * A row as it travels from the receiver to the decoder: a packet of the protocol as it came, length (3 bytes, little-endian)
 * and sequence number (1) before its payload.
 *
 * A payload of 16 MiB − 1 or more comes in several packets. Of those the receiver makes one frame: the length `ff ff ff`, the
 * sequence number, the length of all (4 bytes, little-endian), and the payload in one piece.
 */
export const frameHeader = 4;
/** The length that says that another packet follows, or in a frame that the length is elsewhere. */
export const longFrame = 0xff_ffff;
export const longFrameHeader = 8;
