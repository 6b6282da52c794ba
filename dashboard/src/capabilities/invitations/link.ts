/** The link that accepts an invitation, as the server makes it for mails. */
export function acceptLink(page: string, token: string): string {
  const [address = '', ...fragment] = page.split('#');
  const query = `${address}${address.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}`;
  return fragment.length > 0 ? `${query}#${fragment.join('#')}` : query;
}
