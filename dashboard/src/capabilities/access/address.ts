/** Whether a text is an IP address, version 4 or 6, so far that asking the server makes sense. */
export const isIp = (text: string): boolean =>
  /^(?:\d{1,3}\.){3}\d{1,3}$/.test(text) ? text.split('.').every((part) => Number(part) < 256) : /^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text) && text.length > 1;

/** Whether a text is an address or a network such as `203.0.113.0/24`. */
export function isNetwork(text: string): boolean {
  const [address = '', bits, ...more] = text.split('/');
  if (!isIp(address) || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (address.includes(':') ? 128 : 32));
}
