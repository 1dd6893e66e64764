// Names at rest on a phone that others use too: locked with a key that only this person's own pages carry.
// When their pages are gone from the phone, so is the key, until they sign in again.
const ALGORITHM = 'AES-GCM'
const IV = 12 // bytes
const { crypto } = window

const toHex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
const fromHex = (hex) => new Uint8Array((hex.match(/../g) || []).map((two) => parseInt(two, 16)))
const keyOf = (hex) => crypto.subtle.importKey('raw', fromHex(hex), ALGORITHM, false, ['encrypt', 'decrypt'])

export const randomHex = (bytes = 16) => toHex(crypto.getRandomValues(new Uint8Array(bytes)))

// Browsers have no locks on an address without TLS.
export const canSeal = () => Boolean(crypto.subtle)

export async function seal(key, text) {
  const iv = crypto.getRandomValues(new Uint8Array(IV))
  const sealed = await crypto.subtle.encrypt({ name: ALGORITHM, iv }, await keyOf(key), new TextEncoder().encode(text))
  return toHex(iv) + toHex(new Uint8Array(sealed))
}

// The text, or null when it was sealed with another key.
export async function unseal(key, sealed) {
  const bytes = fromHex(sealed)
  try {
    const opened = await crypto.subtle.decrypt(
      { name: ALGORITHM, iv: bytes.slice(0, IV) },
      await keyOf(key),
      bytes.slice(IV),
    )
    return new TextDecoder().decode(opened)
  } catch {
    return null
  }
}
