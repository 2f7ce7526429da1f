const digits = (value: number, count: number): string => String(value).padStart(count, '0');

/** A packed date as the server writes it: for messages. */
export function dateText(view: DataView, at: number, length: number): string {
  if (length === 0) return '0000-00-00';
  return `${digits(view.getUint16(at, true), 4)}-${digits(view.getUint8(at + 2), 2)}-${digits(view.getUint8(at + 3), 2)}`;
}

/** A packed date with its time. */
export function timestampText(view: DataView, at: number, length: number): string {
  const date = dateText(view, at, length);
  if (length < 7) return `${date} 00:00:00`;
  const time = [4, 5, 6].map((byte) => digits(view.getUint8(at + byte), 2)).join(':');
  return `${date} ${time}${length === 11 ? `.${digits(view.getUint32(at + 7, true), 6)}` : ''}`;
}

/** A packed time span: `-838:59:59`. */
export function timeText(view: DataView, at: number, length: number): string {
  const hours = view.getUint32(at + 1, true) * 24 + view.getUint8(at + 5);
  const rest = [6, 7].map((byte) => digits(view.getUint8(at + byte), 2)).join(':');
  const micros = length === 12 ? `.${digits(view.getUint32(at + 8, true), 6)}` : '';
  return `${view.getUint8(at) === 0 ? '' : '-'}${digits(hours, 2)}:${rest}${micros}`;
}
