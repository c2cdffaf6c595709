"""What the conveyor promises about a deal, sentence by sentence, and the tests that hold it to each.

The sentences stand in `docs/reference/behaviour.md`, here in short. Whoever renames or deletes a test that one of
them rests on hears of it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]

STORIES: Mapping[str, tuple[str, ...]] = {
    # --- triggers and placing ---
    "Every trigger only says: look at this deal again. Lost, doubled and reordered webhooks change nothing": (
        "test_a_lost_webhook_is_found_by_polling",
        "test_a_new_deal_whose_webhook_was_lost_is_found_and_judged",
        "test_a_doubled_webhook_does_nothing_twice",
        "test_a_late_webhook_changes_nothing_that_was_decided",
        "test_webhooks_in_the_wrong_order_change_nothing",
        "test_a_server_error_of_the_crm_costs_time_and_nothing_else",
        "test_an_answer_that_breaks_off_makes_nothing_twice",
        "test_a_deleted_deal_waits_for_nobody",
        "test_a_merged_deal_lives_on_in_the_other",
    ),
    "An unmapped stage parks the deal; that is told once, and nothing is written": (
        "test_a_deal_on_an_unmapped_stage_is_parked_and_told_once",
        "test_a_parked_deal_is_back_on_the_line_when_somebody_moves_it_there",
        "test_a_parked_deal_is_back_on_the_line_when_its_stage_is_mapped",
        "test_an_ignored_stage_is_nobodys_business",
    ),
    "First sight: what the first reading finds is placed as it is": (
        "test_deals_found_by_the_first_backfill_are_placed_without_judgement",
        "test_switching_from_observing_to_enforcing_judges_nothing_old",
    ),
    "plan and replay say what would have been judged": (
        "test_what_was_foretold_happens",
        "test_what_waits_is_handed_out_as_foretold",
        "test_first_sight_is_not_judged_but_told",
    ),
    "A new deal starts in any section whose role its creator holds; else it is told, never moved": (
        "test_a_new_deal_of_the_right_role_starts_anywhere",
        "test_a_new_deal_of_the_wrong_role_is_reported_to_head_and_not_moved",
        "test_a_new_deal_that_moved_on_at_once_is_judged_for_it",
    ),
    "What an id is, and what a field is, in each CRM": ("test_the_example_fits_the_account",),
    # --- who moved it ---
    "Outsiders are judged by the requirements, not by the role": (
        "test_an_outsider_hands_a_complete_deal_over",
        "test_an_outsider_needs_the_requirements_too",
    ),
    "outsiders: allow lets them do anything": ("test_outsiders_may_be_let_alone",),
    "A person is never guessed": (
        "test_losing_somebody_elses_deal_is_moved_back",
        "test_an_edit_that_nobody_is_named_for_accepts_nothing",
    ),
    "Two quick moves are judged by the history of stages, where there is one": (
        "test_two_quick_moves_are_judged_one_by_one",
        "test_the_wrong_one_of_two_quick_moves_is_the_one_that_is_told",
    ),
    "A violation by somebody who is not on the team: a note, and the task for the deal's owner": (
        "test_a_warning_goes_to_the_owner_if_an_outsider_did_it",
        "test_who_is_not_on_the_team_is_told_in_the_language_of_the_line",
    ),
    # --- within a section ---
    "Within a section a holder of its role moves a deal, and who may move anywhere": (
        "test_only_the_role_of_a_section_moves_deals_within_it",
        "test_who_may_move_anywhere_moves_deals_of_any_section",
    ),
    "The requirements of the stage entered": ("test_a_stage_asks_for_what_it_requires",),
    "The required playbook tasks of the stage left; tasks are made once and read back": (
        "test_a_required_task_of_the_playbook_keeps_a_deal_where_it_is",
        "test_a_task_of_the_playbook_names_the_deal",
    ),
    "Skipping forward is fine": ("test_skipping_stages_forward_is_fine",),
    "in_order: true takes one stage after the other": (
        "test_where_stages_are_in_order_none_may_be_left_out",
    ),
    "Backwards within a section is free": ("test_backwards_within_a_section_is_free",),
    "Lost is entered from any section by its role, with a reason; a re-opened deal is back where it was": (
        "test_losing_a_deal_takes_a_reason_from_any_section",
        "test_a_lost_deal_that_goes_on_elsewhere_is_judged_from_where_it_was",
    ),
    # --- hand-off ---
    "A hand-off goes by the role of the section it leaves": (
        "test_only_the_role_of_a_section_moves_its_deals_on",
    ),
    "The requirements of the hand-off are met, in words and with the question": (
        "test_a_deal_without_budget_is_moved_back_with_the_rule_and_the_question",
        "test_the_note_names_everything_that_is_missing",
        "test_after_putting_it_right_the_same_move_goes_through",
    ),
    "unless: an exception; every use is counted and listed": (
        "test_the_exception_lets_a_deal_through_and_is_on_record",
        "test_every_use_of_an_exception_is_on_record_with_its_rule",
    ),
    "The next owner is chosen by the rule among those with the role": (
        "test_a_complete_deal_is_handed_to_the_least_loaded_hunter",
        "test_the_first_in_line_gets_the_next_deal_when_all_are_equally_busy",
        "test_farmers_take_turns",
        "test_farmers_take_turns_also_when_all_is_won_at_once",
        "test_weights_are_kept",
        "test_a_rule_may_name_the_person_and_who_covers_for_them",
        "test_a_deal_that_comes_again_goes_to_who_had_it_before",
        "test_turns_go_on_where_they_were_after_an_absence",
        "test_the_mover_may_name_the_receiver",
    ),
    "Present, with room over all connections, in working hours": (
        "test_who_is_away_receives_nothing",
        "test_capacity_is_counted_over_all_connections",
        "test_who_is_at_work_receives_and_has_time_by_their_own_clock",
        "test_a_deadline_is_counted_in_working_time",
    ),
    "Owner, task with the brief and the deadline, note": (
        "test_a_handoff_costs_one_write_of_the_deal_one_task_and_one_note",
        "test_a_brief_names_what_is_filled_in_and_leaves_a_dash_for_the_rest",
    ),
    "Accepted by the task, by work on the deal or by command": (
        "test_completing_the_task_accepts_the_handoff",
        "test_working_on_the_deal_accepts_the_handoff_and_closes_its_task",
        "test_the_receiver_who_fills_in_a_field_accepts_where_the_crm_names_them",
        "test_a_receiver_may_accept_by_command",
        "test_an_accepted_handoff_stays_accepted_in_warn",
    ),
    "Returned with a reason, to the previous owner and stage": (
        "test_moving_back_over_the_boundary_gives_the_deal_back",
        "test_a_returned_deal_can_be_handed_over_again",
        "test_a_receiver_may_return_by_command_with_a_reason",
        "test_the_reason_of_a_return_is_taken_from_the_field_that_holds_it",
        "test_who_returns_a_deal_is_asked_for_the_reason",
    ),
    "Late: reminders, then the ladder": (
        "test_the_receiver_is_reminded_before_it_is_late",
        "test_nobody_accepts_and_the_deal_goes_down_the_ladder",
        "test_a_late_handoff_goes_down_the_whole_ladder",
        "test_a_late_handoff_may_go_back",
        "test_who_accepts_while_it_becomes_late_keeps_it",
    ),
    "Nobody free: a queue with an age, and head is told": (
        "test_when_nobody_has_room_the_deal_waits_and_head_is_told",
        "test_what_waits_in_the_queue_has_an_age_and_the_oldest_is_given_first",
        "test_without_anybody_who_can_own_it_a_deal_waits_and_is_given_later",
    ),
    "Offered = accepted + returned + open": ("test_at_every_moment_the_sum_of_handoffs_is_right",),
    "Crossing without a rule is a violation, but not for who may move anywhere": (
        "test_crossing_two_boundaries_at_once_is_moved_back",
        "test_winning_straight_from_the_scouts_is_two_boundaries_at_once",
        "test_head_may_move_anywhere_and_somebody_receives_the_deal",
    ),
    "Two tiers and one: where sections share a role there is no boundary, and all is measured": (
        "test_in_a_one_tier_company_one_person_walks_the_whole_line",
        "test_in_a_one_tier_company_stages_still_ask_for_what_they_require",
        "test_where_two_sections_share_a_role_only_its_holders_go_on_with_a_deal",
        "test_a_shared_role_still_hands_over_where_a_rule_says_so",
    ),
    "An owner changed by hand: fine with the role, else put back": (
        "test_an_unfitting_owner_is_put_back",
        "test_a_fitting_owner_stays",
        "test_a_pending_handoff_goes_along_with_a_fitting_new_owner",
    ),
    # --- violations and modes ---
    "observe writes nothing, ever": ("test_observing_writes_nothing_at_all",),
    "warn tells: a note, and a task for whoever did it; the hand-off opens, as a defect": (
        "test_warning_tells_and_moves_nothing",
        "test_a_warning_ends_when_it_is_put_right",
    ),
    "Modes of the line, a section, a rule": (
        "test_one_section_may_be_in_a_mode_of_its_own",
        "test_one_rule_may_be_in_a_mode_of_its_own",
    ),
    "In the reader's language, in the form that the CRM shows": (
        "test_people_read_why_in_their_own_language",
        "test_each_reads_their_own_language_in_the_form_that_the_crm_shows",
    ),
    "moves_per_deal: it never fights": ("test_the_conveyor_never_fights",),
    "head is optional: escalations are alarms": (
        "test_without_a_head_a_wrong_start_is_told_to_who_did_it",
        "test_without_a_head_a_missed_deadline_is_an_alarm",
    ),
    "The brake: above it a change waits for a person": ("test_above_the_brake_it_takes_a_yes",),
    "First start: `up` applies the files itself": (
        "test_the_first_start_applies_the_files_and_reads_all_deals",
    ),
    # --- time ---
    "A deal that stands still is followed up, once for each silence": (
        "test_a_deal_that_stands_still_is_followed_up_once",
    ),
    "growth opens further deals in time": (
        "test_before_the_contract_ends_the_renewal_is_opened_once",
        "test_some_time_after_winning_the_referral_is_asked_for_once",
    ),
    "practices: an alarm when it did not happen": (
        "test_a_practice_that_fades_is_an_alarm_until_it_happens",
    ),
    # --- won ---
    "Won opens the customer's next deal, linked; carry goes along": (
        "test_winning_opens_the_customers_next_deal_where_the_mapping_has_a_place_for_it",
        "test_winning_opens_the_next_deal_in_the_crm_of_the_next_section",
    ),
    "Won without retention stages: the won deal itself goes to the farmer": (
        "test_a_won_deal_goes_to_a_farmer",
        "test_a_deal_cannot_be_won_without_its_contract_end",
    ),
    # --- across CRMs ---
    "Through the door the deal goes on in the next CRM, with its brief, linked both ways": (
        "test_through_the_door_the_deal_goes_on_in_the_other_crm",
        "test_its_contact_goes_along",
        "test_the_brief_names_what_is_known_and_who_receives_the_deal",
        "test_an_incomplete_deal_does_not_pass_the_door",
        "test_a_return_gives_the_deal_back_in_the_first_crm",
        "test_nobody_free_behind_the_door_is_no_ones_fault",
    ),
    "Contact, company and deal are found by our key, e-mail or domain, else made; never a second one": (
        "test_a_customer_who_is_known_behind_the_door_is_found_there",
        "test_a_company_that_is_called_by_its_domain_is_found_by_it",
        "test_whatever_breaks_off_the_customer_and_the_deal_are_made_once",
        "test_repeating_never_makes_a_second_one",
    ),
    "Progress is mirrored back as notes and fields": (
        "test_progress_is_mirrored_back",
        "test_where_the_first_crm_has_no_such_stage_a_note_tells_where_the_deal_is",
    ),
    "Who moves the twin is told and put back": (
        "test_who_moves_the_record_that_stayed_behind_is_told_and_put_back",
        "test_in_warn_a_moved_record_stays_and_whoever_moved_it_is_told",
        "test_who_moves_the_record_left_behind_again_and_again_is_let_alone",
    ),
    # --- conflict, tasks, explained ---
    "A person who edits between our read and our write wins": (
        "test_a_person_who_moves_the_deal_between_our_look_and_our_write_wins",
        "test_a_person_who_edits_another_field_during_our_write_keeps_it",
        "test_a_new_owner_chosen_between_our_look_and_our_write_wins",
        "test_a_conflict_is_told_in_the_story",
    ),
    "A task is done by us when its reason is gone": ("test_a_task_that_came_back_to_nobody_is_done_by_us",),
    "Everything is explained": ("test_each_decision_tells_its_rule_and_each_write_what_came_of_it",),
    # --- people who leave ---
    "rehome hands on the deals of somebody who leaves": (
        "test_all_deals_in_all_crms_go_to_who_takes_over",
        "test_once_handed_on_nothing_is_written_again",
        "test_a_deal_that_needs_another_role_stays_with_its_owner",
        "test_a_line_that_observes_hands_nothing_on",
    ),
}
"""Each sentence, and its tests: stories of this folder, else tests of the folders beside it."""


def _names() -> Iterator[str]:
    for path in TESTS.rglob("test_*.py"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef):
                yield node.name


KNOWN = frozenset(_names())


@pytest.mark.parametrize("sentence", STORIES)
def test_each_sentence_has_its_stories(sentence: str) -> None:
    missing = set(STORIES[sentence]) - KNOWN
    assert not missing, f"no test has this name any more; {sentence!r} was held by it"
