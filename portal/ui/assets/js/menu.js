// The phone menu is a <details>: it opens without scripts. Escape closes it and returns the focus.
export function menu() {
  const details = document.querySelector('.rc-menu')
  if (!details) return
  details.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && details.open) {
      details.open = false
      details.querySelector('summary').focus()
    }
  })
}
