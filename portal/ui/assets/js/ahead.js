// Apologies that came before the session: a slip of the thumb does not turn them into an absence.

// True when this is the first such tap: it is said again what they told us, and a second one is taken.
export function asksAgain(place, mark, text) {
  const note = place.querySelector('[data-ahead]')
  if (!note || mark !== 'absent' || place.dataset.said !== 'apologies' || note.dataset.asked) return false
  note.dataset.asked = 'yes'
  note.textContent = text
  return true
}
