"""Who may call which route: written by hand, read by people, never taken from the code's own decorators.

A route that is added to the portal is added here, by somebody who has thought about who should see it.
"""

from __future__ import annotations

from collections.abc import Mapping

EVERYBODY = """
accounts.ask_for_code                       GET POST
accounts.ask_for_passkey                    GET
accounts.confirm                            GET POST
accounts.confirm_new_email                  GET POST
accounts.confirm_request                    GET POST
accounts.follow_link                        GET POST
accounts.refuse_help                        GET POST
accounts.register                           GET POST
accounts.reset                              GET POST
accounts.reset_request                      GET POST
accounts.role_guide                         GET
accounts.sent                               GET
accounts.sign_in                            GET POST
accounts.sign_in_with_passkey               POST
accounts.sign_out                           POST
accounts.stop_new_email                     GET POST
accounts.type_code                          GET POST
accounts.type_number                        GET POST
accounts.use_help                           GET POST
concerns.sent                               GET
concerns.tell                               GET POST
courses.calendar                            GET
courses.course                              GET
courses.course_calendar                     GET
courses.course_data                         GET
courses.feed                                GET
courses.index                               GET
courses.prospectus                          GET
courses.prospectus_of                       GET
courses.run                                 GET
courses.run_calendar                        GET
courses.session                             GET
courses.session_calendar                    GET
courses.sitemap                             GET
courses.venue                               GET
courses.venues                              GET
enrolment.calendar_feed                     GET
enrolment.register_worker                   GET
enrolment.start                             GET
facilitators.opportunities                  GET
facilitators.opportunity                    GET
home.about                                  GET
home.as_role                                GET
home.accessibility                          GET
home.glossary                               GET
home.landing                                GET
home.robots                                 GET
home.search                                 GET
messages_style.notice                       GET
messages_style.notices                      GET
plugin_host.healthz                         GET
plugin_host.metrics_page                    GET
plugin_host.readyz                          GET
privacy.erased                              GET
privacy.page                                GET
privacy.part                                GET
privacy.say_no                              GET POST
ui.asset                                    GET
ui.display_settings                         GET POST
ui_style.guide                              GET
"""

# Their own things, or pages that show each only what they may see. A record of somebody else is not there.
WHOEVER_IS_SIGNED_IN = """
accounts.add_authenticator                  GET POST
accounts.add_passkey                        GET POST
accounts.add_route                          GET POST
accounts.ask_for_new_passkey                GET
accounts.ask_for_own_passkey                GET
accounts.ask_for_proof                      POST
accounts.begin_pause                        POST
accounts.change_email                       GET POST
accounts.change_language                    GET POST
accounts.change_name                        GET POST
accounts.change_password                    GET POST
accounts.change_route                       GET POST
accounts.details                            GET
accounts.end_all_sign_ins                   POST
accounts.end_other_sign_ins                 POST
accounts.end_pause                          POST
accounts.end_sign_in                        POST
accounts.make_recovery_codes                POST
accounts.my_looks                           GET
accounts.my_passkeys                        GET
accounts.new_email_waits                    GET
accounts.pause                              GET
accounts.prefer_route                       POST
accounts.prove                              GET POST
accounts.prove_by_code                      GET POST
accounts.prove_with_passkey                 POST
accounts.remove_authenticator               GET POST
accounts.remove_passkey                     GET POST
accounts.remove_route                       GET POST
accounts.rename_passkey                     GET POST
accounts.second_step                        GET
accounts.sign_ins                           GET
accounts.still_here                         GET
accounts.stop_own_change                    POST
concerns.emergency                          GET POST
enrolment.apologise                         GET POST
enrolment.change_how                        GET POST
enrolment.change_needs                      GET POST
enrolment.check                             GET POST
enrolment.close_calendar                    POST
enrolment.decline                           GET POST
enrolment.done                              GET
enrolment.end_helping                       POST
enrolment.end_my_break                      POST
enrolment.helpers                           GET POST
enrolment.interest                          GET POST
enrolment.leave                             GET POST
enrolment.leave_list                        GET POST
enrolment.make_code                         POST
enrolment.my_block                          GET POST
enrolment.my_break                          GET POST
enrolment.my_calendar                       GET
enrolment.my_courses                        GET
enrolment.my_handout                        GET
enrolment.my_record                         GET
enrolment.offer                             GET POST
enrolment.open_calendar                     POST
enrolment.place                             GET
enrolment.place_of_another                  GET
enrolment.register_emergency                GET
enrolment.register_emergency_of             GET
enrolment.register_needs                    GET
enrolment.registers                         GET
enrolment.step                              GET POST
enrolment.waiting                           GET
facilitators.adjustments                    GET POST
facilitators.agree_to_chat                  POST
facilitators.another_time                   GET POST
facilitators.answer                         GET POST
facilitators.ask_reference                  GET POST
facilitators.ask_support                    GET POST
facilitators.away                           GET POST
facilitators.bring                          GET POST
facilitators.decline                        POST
facilitators.hand                           GET POST
facilitators.hand_back                      POST
facilitators.late                           GET POST
facilitators.like                           POST
facilitators.mine                           GET
facilitators.most                           GET POST
facilitators.note                           GET POST
facilitators.plan                           GET POST
facilitators.own_step                       POST
facilitators.pathway                        GET
facilitators.pathway_back                   POST
facilitators.pathway_leave                  GET POST
facilitators.pathway_pause                  POST
facilitators.reference                      GET
facilitators.reference_pdf                  GET
facilitators.references                     GET
facilitators.remove_adjustments             POST
facilitators.remove_away                    POST
facilitators.remove_time                    POST
facilitators.session                        GET
facilitators.support                        GET
facilitators.times                          GET POST
facilitators.topics                         GET POST
facilitators.withdraw_interest              POST
facilitators.withdraw_reference             POST
home.contributions                          GET
home.contributions_pdf                      GET
home.me                                     GET
home.staff                                  GET
privacy.agreed                              GET
privacy.copy                                POST
privacy.erase                               GET POST
privacy.mine                                GET
privacy.record                              GET POST
privacy.record_answer                       POST
privacy.record_copy                         POST
privacy.record_withdraw                     POST
privacy.withdraw                            POST
"""

BY_ROLE: Mapping[tuple[str, ...], str] = {
    ("duty_contact",): """
concerns.close                              GET POST
concerns.concern                            GET
concerns.duty                               GET
concerns.hand_on                            GET POST
concerns.note                               GET POST
concerns.take                               POST
""",
    ("coordinator", "data_guardian"): """
desk.index                                  GET
""",
    ("data_guardian",): """
privacy.letter                              GET
privacy.question                            GET POST
privacy.records                             GET
privacy.refuse                              GET POST
privacy.release                             POST
privacy.review                              GET
privacy.said                                GET POST
""",
    ("administrator",): """
accounts.close_login                        GET POST
accounts.end_role                           GET POST
accounts.people                             GET
accounts.person_roles                       GET POST
plugin_host.health_page                     GET
plugin_host.settings_page                   GET POST
""",
    ("coordinator",): """
privacy.ask_for                             GET POST
privacy.erase_for                           GET POST
accounts.add_their_route                    GET POST
accounts.change_their_language              GET POST
accounts.change_their_route                 GET POST
accounts.find_contact                       GET
accounts.person_contact                     GET
accounts.prefer_their_route                 POST
accounts.remove_their_route                 GET POST
desk.calls                                  GET
desk.letter                                 GET
desk.letters                                GET
desk.new                                    GET POST
desk.several                                GET POST
desk.several_done                           POST
desk.task                                   GET POST
enrolment.answer_for                        GET POST
enrolment.apart                             GET POST
enrolment.break_for                         GET POST
enrolment.end_apart                         POST
enrolment.end_break_for                     POST
enrolment.enrol_person                      GET POST
enrolment.find_person                       GET
enrolment.helper_for                        GET POST
enrolment.leave_for                         POST
enrolment.new_person                        GET POST
enrolment.people                            GET
enrolment.release_place                     GET POST
facilitators.answer_for                     GET POST
facilitators.ask                            POST
facilitators.at_risk                        GET
facilitators.board                          GET
facilitators.board_one                      GET
facilitators.cancel_support                 POST
facilitators.close_opportunity              POST
facilitators.decline_for                    POST
facilitators.edit_opportunity               GET POST
facilitators.edit_step                      GET POST
facilitators.give                           GET POST
facilitators.hold_support                   POST
facilitators.interest                       GET
facilitators.like_for                       GET POST
facilitators.match                          GET
facilitators.move_support                   GET POST
facilitators.name_chat                      GET POST
facilitators.new_opportunity                GET POST
facilitators.new_step                       GET POST
facilitators.opportunity_history            GET
facilitators.pathway_steps                  GET
facilitators.people                         GET
facilitators.person                         GET POST
facilitators.plan_support                   GET POST
facilitators.publish_opportunity            POST
facilitators.put_on_record                  GET POST
facilitators.put_step_down                  GET POST
facilitators.references_asked               GET
facilitators.settle_interest                GET POST
facilitators.sign_reference                 GET POST
facilitators.start_leading                  GET POST
facilitators.step_history                   GET
facilitators.support_due                    GET
facilitators.take_step_back                 POST
facilitators.told_when                      GET POST
facilitators.ways                           GET
""",
    ("coach", "coordinator"): """
facilitators.read_adjustments               GET
facilitators.supporting                     GET
""",
    # The register is also for whoever leads that session.
    ("administrator", "coordinator"): """
accounts.begin_help                         GET POST
accounts.confirm_help                       GET POST
accounts.find_same                          GET
accounts.help_list                          GET
accounts.merge_list                         GET
accounts.merge_records                      GET POST
accounts.stop_help                          POST
accounts.stop_merge                         POST
courses_manage.add_leader                   GET POST
courses_manage.add_session                  GET POST
privacy.confirm_erasure                     GET POST
privacy.erasures                            GET
privacy.stop_erasure                        POST
courses_manage.cancel_run                   GET POST
courses_manage.cancel_session               GET POST
courses_manage.change_material              GET POST
courses_manage.copy_course                  GET POST
courses_manage.copy_run                     GET POST
courses_manage.course                       GET
courses_manage.course_state                 GET POST
courses_manage.edit_course                  GET POST
courses_manage.edit_run                     GET POST
courses_manage.edit_term                    GET POST
courses_manage.edit_venue                   GET POST
courses_manage.index                        GET
courses_manage.material_file                GET
courses_manage.materials                    GET
courses_manage.move_material                POST
courses_manage.move_session                 GET POST
courses_manage.new_course                   GET POST
courses_manage.new_material                 GET POST
courses_manage.new_term                     GET POST
courses_manage.new_venue                    GET POST
courses_manage.plan_run                     GET POST
courses_manage.publish_run                  GET POST
courses_manage.remove_leader                GET POST
courses_manage.remove_material              GET POST
courses_manage.remove_term                  GET POST
courses_manage.remove_venue                 GET POST
courses_manage.run                          GET
courses_manage.session                      GET
courses_manage.settle_session               POST
courses_manage.tell_students                GET POST
courses_manage.terms                        GET
courses_manage.unpublish_run                GET POST
courses_manage.venues                       GET
courses_manage.waive_pair                   GET POST
enrolment.answer_appeal                     GET POST
enrolment.appeal_for                        GET POST
enrolment.block                             GET
enrolment.decide_block                      GET POST
enrolment.lift_block                        GET POST
enrolment.register                          GET POST
enrolment.register_came                     GET POST
enrolment.register_from_paper               GET POST
enrolment.register_marks                    POST
enrolment.register_handout                  GET
enrolment.register_print                    GET
enrolment.review_block                      GET POST
enrolment.stopped                           GET
""",
    ("administrator", "board_member", "co_chair", "coordinator"): """
courses_manage.history_of                   GET
""",
}

# What is taken away twice is gone as it was wanted: the second click leads on as the first one did.
GONE_ALREADY = frozenset(
    {
        ("courses_manage.remove_term", "POST"),
        ("courses_manage.remove_venue", "POST"),
        ("enrolment.end_apart", "POST"),
        ("enrolment.end_break_for", "POST"),
    }
)

# What an unlocked phone on a table must not open or set off: whoever it belongs to is asked to show again
# that it is them, with everything that they had typed. Some more views ask by themselves, where it depends on
# the record: what people shared, and whom to call (tests/integration/enrolment/test_register_access.py).
ASKED_AGAIN = """
accounts.add_authenticator                  GET POST
accounts.add_passkey                        GET POST
accounts.ask_for_new_passkey                GET
accounts.begin_help                         GET POST
accounts.change_email                       GET POST
accounts.close_login                        GET POST
accounts.confirm_help                       GET POST
accounts.end_role                           GET POST
accounts.make_recovery_codes                POST
accounts.merge_records                      GET POST
accounts.person_roles                       GET POST
accounts.remove_authenticator               GET POST
accounts.remove_passkey                     GET POST
enrolment.make_code                         POST
enrolment.open_calendar                     POST
facilitators.adjustments                    GET POST
facilitators.read_adjustments               GET
privacy.confirm_erasure                     GET POST
privacy.copy                                POST
privacy.erase                               GET POST
privacy.erase_for                           GET POST
privacy.letter                              GET
privacy.record_copy                         POST
privacy.release                             POST
privacy.review                              GET
"""


def _routes(text: str) -> list[tuple[str, str]]:
    return [
        (endpoint, method)
        for endpoint, *methods in (line.split() for line in text.strip().splitlines())
        for method in methods
    ]


PUBLIC = frozenset(_routes(EVERYBODY))
SIGNED_IN = frozenset(_routes(WHOEVER_IS_SIGNED_IN))
ROLES_OF: Mapping[tuple[str, str], frozenset[str]] = {
    route: frozenset(roles) for roles, text in BY_ROLE.items() for route in _routes(text)
}
FRESH = frozenset(_routes(ASKED_AGAIN))
