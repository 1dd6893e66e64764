// What the pages gain from scripts. Every page works without this file.
import { Button } from 'govuk-frontend/dist/govuk/components/button/button.mjs'
import { CharacterCount } from 'govuk-frontend/dist/govuk/components/character-count/character-count.mjs'
import { Checkboxes } from 'govuk-frontend/dist/govuk/components/checkboxes/checkboxes.mjs'
import { ErrorSummary } from 'govuk-frontend/dist/govuk/components/error-summary/error-summary.mjs'
import { PasswordInput } from 'govuk-frontend/dist/govuk/components/password-input/password-input.mjs'
import { Radios } from 'govuk-frontend/dist/govuk/components/radios/radios.mjs'
import { keepTyping } from './autosave.js'
import { weighFiles } from './files.js'
import { askBeforeItEnds } from './idle.js'
import { forgetAtSignOut, tidyUp } from './kept.js'
import { leavePage } from './leave.js'
import { menu } from './menu.js'

document.body.classList.add('js-enabled', 'govuk-frontend-supported')
for (const Component of [Button, CharacterCount, Checkboxes, ErrorSummary, PasswordInput, Radios]) {
  for (const element of document.querySelectorAll(`[data-module="${Component.moduleName}"]`)) {
    try {
      new Component(element)
    } catch (error) {
      // One broken control must not take the others with it.
      console.error(error)
    }
  }
}
leavePage()
weighFiles()
menu()
tidyUp()
forgetAtSignOut()
askBeforeItEnds()
keepTyping()
