// A file that is too large is said so at once: sending it would take minutes of somebody's data, and be refused.
export function weighFiles () {
  for (const input of document.querySelectorAll('input[type=file][data-most]')) {
    const note = document.createElement('p')
    note.className = 'govuk-error-message'
    note.setAttribute('role', 'alert')
    note.hidden = true
    input.before(note)
    input.addEventListener('change', () => {
      const large = [...input.files].some((file) => file.size > Number(input.dataset.most))
      note.hidden = !large
      note.textContent = large ? input.dataset.tooLarge : ''
      if (large) input.value = ''
    })
  }
}
