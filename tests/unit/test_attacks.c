/* SPDX-License-Identifier: Apache-2.0 */

/*
 * What somebody could do to a log, one test each, and what the verifier says to
 * it: exit status, first wrong entry, reason.  Each is verified in full and by
 * its proof alone, alone and with threads; these must say the same.
 */

#include <criterion/criterion.h>

#include "audit/verify.h"
#include "support/attacked.h"

TestSuite(attacks, .init = attacked_begin, .fini = attacked_end);

Test(attacks, nothing_was_done)
{
	attacked_is_proven(ATTACKED_SIZE);
}

Test(attacks, an_edited_entry)
{
	attacked_replace(12, "nothing", "anything");
	attacked_is_tampered(11, 12, "what stands here is not what was signed (the tree differs)");
}

Test(attacks, a_deleted_entry)
{
	attacked_cut_line(12);
	attacked_is_tampered(11, 12, "the checkpoint counts other entries than stand before it");
}

Test(attacks, a_deleted_pair_of_entries)
{
	attacked_cut_line(11);
	attacked_cut_line(12);
	attacked_is_tampered(11, 12, "the checkpoint counts other entries than stand before it");
}

Test(attacks, an_inserted_entry)
{
	attacked_copy_line(12, 13);
	attacked_is_tampered(11, 13, "the checkpoint counts other entries than stand before it");
}

Test(attacks, reordered_entries)
{
	attacked_swap_lines(11, 12);
	attacked_is_tampered(11, 11, "entries are missing here");
}

Test(attacks, truncated_within_an_epoch)
{
	attacked_cut_behind(31);
	attacked_is_incomplete(31);
	cr_expect_eq(attacked_result.n_after_end, ATTACKED_SIZE - 31);
}

Test(attacks, truncated_at_the_end_of_an_epoch)
{
	attacked_cut_behind(27);
	attacked_is_incomplete(27);
	cr_expect_eq(attacked_result.n_after_end, ATTACKED_SIZE - 27);
}

Test(attacks, truncated_and_the_heads_deleted)
{
	attacked_cut_behind(27);
	attacked_unlink("head");
	attacked_unlink("checkpoint");
	attacked_is_incomplete(27);
	cr_expect(attacked_result.no_head);
}

Test(attacks, swapped_segments)
{
	attacked_swap_segments(1, 2);
	attacked_is_tampered(attacked_first(1), attacked_first(2) - 1,
			     "entries are missing before this segment");
}

Test(attacks, a_deleted_segment)
{
	attacked_unlink_segment(1);
	attacked_is_tampered(attacked_first(1), attacked_first(2) - 1,
			     "entries are missing before this segment");
}

Test(attacks, signed_again_with_another_key)
{
	attacked_write(&(struct attacked){ .seed = 8, .origin = attacked_key.name });
	attacked_is_tampered(0, 0, "the first epoch's key is not that of the enrolment");
}

Test(attacks, key_and_log_replaced)
{
	attacked_write(&(struct attacked){ .seed = 8 });
	attacked_is_tampered(0, 0, "the log is of another terminal than the key");
}

Test(attacks, the_heads_of_another_key)
{
	attacked_write_heads(&(struct attacked){ .seed = 8, .origin = attacked_key.name });
	attacked_is_incomplete(ATTACKED_SIZE); /* as half of one after a power cut */
	cr_expect(attacked_result.no_head);
}

Test(attacks, the_heads_of_a_log_with_another_past)
{
	attacked_write_heads(&(struct attacked){ .edited = 12 });
	attacked_is_tampered(0, ATTACKED_SIZE - 1,
			     "the newest checkpoint is not of the entries that are here");
}

Test(attacks, an_old_checkpoint_in_the_log)
{
	attacked_append_check(31);
	attacked_is_tampered(ATTACKED_SIZE, ATTACKED_SIZE,
			     "the checkpoint counts other entries than stand before it");
}

Test(attacks, an_old_checkpoint_beside_the_log)
{
	attacked_write_heads(&(struct attacked){ .size = 31 });
	attacked_is_proven(ATTACKED_SIZE); /* as after a power cut: it says nothing wrong */
}

Test(attacks, root_rewrites_the_past)
{
	attacked_write(&(struct attacked){ .edited = 12, .taken_in_epoch = 3, .taken_size = 11 });
	attacked_is_tampered(11, 12, "the checkpoint is not signed by the key of its epoch");
}

/* Where no segment ends in between only the end of each epoch can tell. */
Test(attacks, root_rewrites_the_past_of_one_segment)
{
	attacked_write(&(struct attacked){
		.edited = 12, .taken_in_epoch = 3, .taken_size = 11, .one_segment = true });
	attacked_is_tampered(11, 12, "the checkpoint is not signed by the key of its epoch");
}

Test(attacks, root_rewrites_its_own_epoch)
{
	attacked_write(&(struct attacked){ .edited = 30 });
	attacked_is_proven(ATTACKED_SIZE); /* only somebody else can know */
}

Test(attacks, root_rewrites_its_own_epoch_and_there_is_a_witness)
{
	attacked_witness(ATTACKED_SIZE);
	attacked_write(&(struct attacked){ .edited = 30 });
	attacked_is_tampered(0, ATTACKED_SIZE - 1,
			     "the entries are not those of the checkpoint that was kept elsewhere");
	cr_expect_eq(attacked_result.proven_end, 0);
}

Test(attacks, a_restored_snapshot)
{
	attacked_write(&(struct attacked){ .size = 27 });
	attacked_is_proven(27);
	cr_expect_eq(attacked_result.witness, VERIFY_WITNESS_NONE);
}

Test(attacks, a_restored_snapshot_and_there_is_a_witness)
{
	attacked_witness(ATTACKED_SIZE);
	attacked_write(&(struct attacked){ .size = 27 });
	attacked_is_tampered(27, ATTACKED_SIZE - 1,
			     "the log is shorter than the checkpoint that was kept elsewhere");
}

Test(attacks, a_log_that_has_grown_since_the_witness)
{
	attacked_witness(27);
	attacked_is_proven(ATTACKED_SIZE);
	cr_expect_eq(attacked_result.witness, VERIFY_WITNESS_AGREES);
	cr_expect_eq(attacked_result.witness_size, 27);
}

Test(attacks, merged_logs_of_two_terminals)
{
	attacked_add_segment_of(&(struct attacked){ .seed = 8 });
	attacked_is_tampered(ATTACKED_SIZE, ATTACKED_SIZE,
			     "the #seg line does not continue the segment before it");
}

Test(attacks, a_key_twice_in_a_signed_entry)
{
	attacked_write(&(struct attacked){ .raw_at = 12, .raw = ",\"user\":\"a\",\"user\":\"b\"" });
	attacked_is_found_in_full(12, "an entry has a key twice");
}

Test(attacks, invalid_utf8_in_a_signed_entry)
{
	attacked_write(&(struct attacked){ .raw_at = 12, .raw = ",\"user\":\"\xff\"" });
	attacked_is_found_in_full(12, "an entry is not UTF-8");
}

Test(attacks, keys_out_of_order_in_a_signed_entry)
{
	attacked_write(
		&(struct attacked){ .raw_at = 12, .raw = ",\"user\":\"a\",\"serial\":\"b\"" });
	attacked_is_found_in_full(12, "an entry is not in the one form that entries have");
}

Test(attacks, an_unknown_key_in_a_signed_entry)
{
	attacked_write(&(struct attacked){ .raw_at = 12, .raw = ",\"colour\":\"a\"" });
	attacked_is_found_in_full(12, "an entry has a key or a value that the log does not know");
}

Test(attacks, a_line_of_one_gibibyte)
{
	attacked_append_hole(1ULL << 30);
	attacked_is_tampered(ATTACKED_SIZE, ATTACKED_SIZE,
			     "this line is longer than any line of the log");
}

Test(attacks, a_checkpoint_for_a_longer_log)
{
	attacked_append_check(ATTACKED_SIZE + 2);
	attacked_is_tampered(ATTACKED_SIZE, ATTACKED_SIZE,
			     "the checkpoint counts other entries than stand before it");
}

Test(attacks, the_heads_of_a_longer_log)
{
	attacked_write_heads(&(struct attacked){ .size = ATTACKED_SIZE + 2 });
	attacked_is_incomplete(ATTACKED_SIZE);
	cr_expect_eq(attacked_result.n_after_end, 2);
}

Test(attacks, an_unsigned_log)
{
	attacked_write(&(struct attacked){ .one_segment = true });
	attacked_drop_checks();
	attacked_is_tampered(9, 9, "the epoch's closing checkpoint is missing");
}

Test(attacks, an_unsigned_log_of_one_epoch)
{
	attacked_write(&(struct attacked){ .one_segment = true, .size = 8 });
	attacked_drop_checks();
	attacked_is_incomplete(0);
	cr_expect_eq(attacked_result.n_unsigned, 8);
}

Test(attacks, an_unsigned_segment)
{
	attacked_drop_checks();
	attacked_is_tampered(0, attacked_first(1) - 1, "the segment has no checkpoint");
}

Test(attacks, no_key)
{
	attacked_forget_key();
	attacked_is_incomplete(ATTACKED_SIZE);
}

Test(attacks, a_bare_redaction)
{
	attacked_black_out(12);
	attacked_is_tampered(12, 12, "an entry is blacked out and no later entry says why");
	cr_expect_eq(attacked_result.proven_end, 12);
}

Test(attacks, a_redaction_that_the_log_explains)
{
	attacked_write(&(struct attacked){ .redacted = 12 });
	attacked_black_out(12);
	attacked_is_proven(ATTACKED_SIZE);
	cr_expect_eq(attacked_result.n_redacted, 1);
}

Test(attacks, a_redaction_of_another_entry)
{
	attacked_write(&(struct attacked){ .redacted = 12 });
	attacked_black_out(13);
	attacked_is_tampered(13, 13, "an entry is blacked out and no later entry says why");
}

Test(attacks, a_redaction_that_was_asked_for_with_another_content)
{
	attacked_write(&(struct attacked){ .redacted = 12, .redacted_leaf_of = 13 });
	attacked_black_out(12);
	attacked_is_tampered(12, 12, "an entry is blacked out and no later entry says why");
}

/* What nobody signed explains nothing: anybody may have written it. */
Test(attacks, a_redaction_that_an_unsigned_entry_explains)
{
	attacked_write(&(struct attacked){ .redacted = 12 });
	attacked_black_out(12);
	attacked_drop_last_check();
	attacked_is_tampered(12, 12, "an entry is blacked out and no later entry says why");
}

Test(attacks, a_beginning_whose_removal_an_unsigned_entry_explains)
{
	attacked_write(&(struct attacked){ .pruned = true });
	attacked_drop_last_check();
	attacked_is_incomplete(ATTACKED_SIZE - 2);
	cr_expect(attacked_result.missing_beginning && !attacked_result.pruned);
}

Test(attacks, a_key_that_an_unsigned_entry_names)
{
	attacked_write(&(struct attacked){ .rotated = true });
	attacked_drop_last_check();
	attacked_is_incomplete(ATTACKED_SIZE - 2);
	cr_expect(attacked_result.no_head);
}

Test(attacks, a_pruned_log)
{
	attacked_write(&(struct attacked){ .pruned = true });
	attacked_is_proven(ATTACKED_SIZE);
	cr_expect_gt(attacked_result.first, 0);
	cr_expect(attacked_result.pruned);
}

Test(attacks, the_beginning_deleted)
{
	attacked_unlink_segment(0);
	attacked_is_incomplete(attacked_first(1)); /* nothing is proven */
	cr_expect(attacked_result.missing_beginning && attacked_result.unchained);
}

Test(attacks, a_pruned_log_without_its_certificates)
{
	attacked_write(&(struct attacked){ .pruned = true });
	attacked_unlink("epochs");
	attacked_is_incomplete(attacked_first(0));
	cr_expect(attacked_result.unchained);
}

Test(attacks, a_pruned_log_with_the_certificates_of_another)
{
	attacked_write(&(struct attacked){ .pruned = true });
	attacked_certify(&(struct attacked){ .seed = 8 });
	attacked_is_tampered(attacked_first(0), attacked_first(0),
			     "the certificates of the epochs do not lead from the log's name to "
			     "this segment");
}

Test(attacks, more_deleted_than_the_log_says_was_pruned)
{
	attacked_write(&(struct attacked){ .pruned = true });
	attacked_unlink_segment(0);
	attacked_is_incomplete(ATTACKED_SIZE);
	cr_expect(attacked_result.missing_beginning && !attacked_result.unchained);
}

Test(attacks, the_identity_key_was_replaced_by_the_log)
{
	attacked_write(&(struct attacked){ .rotated = true });
	attacked_is_proven(ATTACKED_SIZE);
}

static const struct attacked rotated_and_pruned = { .pruned = true, .rotated_early = true };

/* The auditor holds the first key, which two others have followed that are gone. */
Test(attacks, a_pruned_log_with_another_identity_key)
{
	attacked_write(&rotated_and_pruned);
	attacked_is_proven(ATTACKED_SIZE);
	cr_expect(attacked_result.pruned);
}

Test(attacks, a_new_identity_key_that_its_epoch_did_not_certify)
{
	attacked_write(
		&(struct attacked){ .rotated_early = true, .early_form = LOG_MAKER_KEY_FORGED });
	attacked_is_tampered(3, 3, "the new identity key is not certified by the key of its epoch");
}

Test(attacks, a_new_identity_key_of_a_log_of_before)
{
	attacked_write(
		&(struct attacked){ .rotated_early = true, .early_form = LOG_MAKER_KEY_BARE });
	attacked_is_proven(ATTACKED_SIZE);
}

Test(attacks, a_pruned_log_of_before_with_another_identity_key)
{
	attacked_write(&(struct attacked){ .pruned = true,
					   .rotated_early = true,
					   .early_form = LOG_MAKER_KEY_BARE,
					   .uncounted = true });
	attacked_is_incomplete(ATTACKED_SIZE);
	cr_expect(attacked_result.no_head && attacked_result.pruned);
}

static void expect_certificate_named(void)
{
	attacked_is_tampered(attacked_first(0), attacked_first(0),
			     "a change of the identity key is not certified by its epoch, or out "
			     "of order");
	cr_expect_str_eq(attacked_result.bad_file, "epochs");
	cr_expect_gt(attacked_result.bad_offset, 0);
}

Test(attacks, a_forged_change_of_the_identity_key_in_the_certificates)
{
	attacked_write(&(struct attacked){
		.pruned = true, .rotated_early = true, .early_form = LOG_MAKER_KEY_FORGED });
	expect_certificate_named();
}

Test(attacks, a_change_of_the_identity_key_of_another_entry)
{
	attacked_write(&rotated_and_pruned);
	attacked_edit_certificate("#key 0 6 ", "#key 0 6 ", "#key 0 7 ");
	expect_certificate_named();
}

Test(attacks, a_change_of_the_identity_key_that_is_no_line)
{
	attacked_write(&rotated_and_pruned);
	attacked_edit_certificate("#key 0 6 ", "#key 0 6 ", "#key 0  6 ");
	expect_certificate_named();
}

Test(attacks, reordered_changes_of_the_identity_key)
{
	attacked_write(&rotated_and_pruned);
	attacked_swap_certificates("#key 0 3 ", "#key 0 6 ");
	expect_certificate_named();
}

Test(attacks, a_change_of_the_identity_key_in_another_epoch)
{
	attacked_write(&rotated_and_pruned);
	attacked_edit_certificate("#key 0 6 ", "#key 0 6 ", "#key 1 6 ");
	expect_certificate_named();
}

Test(attacks, a_missing_change_of_the_identity_key)
{
	static const char *const lines[] = { "#key 0 3 ", "#key 0 6 " };

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		attacked_end();
		attacked_begin();
		attacked_write(&rotated_and_pruned);
		attacked_drop_certificate(lines[i]);
		attacked_is_tampered(attacked_first(0), attacked_first(0),
				     "changes of the identity key are missing that the log says "
				     "are there");
		cr_expect_str_eq(attacked_result.bad_file, "epochs");
	}
}

static const struct attacked rotated_later = { .rotated_at = { 20, 30 } };

/* Of an export nothing is proven whose end is not. */
static void expect_export_named(const char *reason, const char *file)
{
	attacked_is_tampered(0, attacked_first(1), reason);
	cr_expect_eq(attacked_result.proven_end, 0);
	cr_expect_eq(strncmp(attacked_result.bad_file, file, strlen(file)), 0, "%s",
		     attacked_result.bad_file);
}

static const char not_certified[] =
	"a change of the identity key is not certified by its epoch, or out of order";
static const char not_leading_on[] =
	"the certificates of the epochs do not lead on from the entries that are here";
static const char not_signed[] = "the newest checkpoint is not signed by the key";

Test(attacks, an_exported_year)
{
	attacked_export();
	attacked_is_proven(attacked_first(1));
	cr_expect_eq(attacked_result.part_of, ATTACKED_SIZE);
}

Test(attacks, a_year_before_two_changes_of_the_identity_key)
{
	attacked_write(&rotated_later);
	attacked_export();
	attacked_is_proven(attacked_first(1));
	cr_expect_eq(attacked_result.part_of, ATTACKED_SIZE);
}

Test(attacks, a_year_before_a_change_of_the_identity_key_in_its_last_epoch)
{
	attacked_write(&(struct attacked){ .rotated_at = { attacked_first(1) + 1 } });
	attacked_export();
	attacked_is_proven(attacked_first(1));
}

Test(attacks, a_later_identity_key_that_its_epoch_did_not_certify)
{
	attacked_write(
		&(struct attacked){ .rotated_at = { 20, 30 }, .late_form = LOG_MAKER_KEY_FORGED });
	attacked_export();
	expect_export_named(not_certified, "key-000000000020.tlog-proof");
}

Test(attacks, a_later_identity_key_of_a_log_of_before)
{
	attacked_write(&(struct attacked){ .rotated_at = { 20 }, .late_form = LOG_MAKER_KEY_BARE });
	attacked_export();
	expect_export_named(not_signed, "checkpoint");
}

Test(attacks, a_later_identity_key_that_is_not_told)
{
	attacked_write(&rotated_later);
	attacked_export();
	attacked_drop_members("key-000000000030");
	expect_export_named(not_signed, "checkpoint");
}

Test(attacks, a_later_identity_key_of_another_entry)
{
	attacked_write(&rotated_later);
	attacked_export();
	attacked_edit_member("key-000000000030", "index 30", "index 31");
	expect_export_named("this does not prove a later change of the identity key",
			    "key-000000000030.tlog-proof");
}

/* Certified, and then kept out of the log: its signature counts for no head. */
Test(attacks, a_later_identity_key_that_is_not_in_the_log)
{
	const struct attacked other = { .rotated_at = { 20 }, .edited = 24 };

	attacked_write(&(struct attacked){ .rotated_at = { 20 } });
	attacked_export();
	attacked_take_member("checkpoint", &other);
	attacked_take_member("consistency", &other);
	expect_export_named("this does not prove a later change of the identity key",
			    "key-000000000020.tlog-proof");
}

/* Who took the terminal when the epochs of the year were gone has none of their keys. */
static const struct attacked gone_on_by_another = { .rotated_at = { 20, 30 }, .forged_from = 2 };

Test(attacks, a_year_after_which_another_goes_on)
{
	attacked_write(&gone_on_by_another);
	attacked_export();
	expect_export_named(not_leading_on, "epochs-after");
	cr_expect_gt(attacked_result.bad_offset, 0);
}

Test(attacks, a_year_after_which_another_goes_on_without_certificates)
{
	attacked_write(&gone_on_by_another);
	attacked_export();
	attacked_drop_members("epochs-after");
	expect_export_named(not_certified, "key-000000000020.tlog-proof");
}

Test(attacks, a_year_after_which_another_goes_on_with_true_certificates)
{
	attacked_write(&gone_on_by_another);
	attacked_export();
	attacked_take_member("epochs-after", &rotated_later);
	expect_export_named(not_certified, "key-000000000020.tlog-proof");
}

Test(attacks, a_year_in_front_of_a_log_that_is_signed_again_with_another_key)
{
	static const char *const members[] = { "checkpoint", "consistency", "epochs-after",
					       "key-" };
	const struct attacked other = { .seed = 8,
					.origin = attacked_key.name,
					.rotated_at = { 20, 30 } };

	attacked_write(&rotated_later);
	attacked_export();
	for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
		attacked_take_member(members[i], &other);
	expect_export_named(not_leading_on, "epochs-after");
}

Test(attacks, a_compressed_log)
{
	attacked_pack_segment(0, 0);
	attacked_pack_segment(1, 0);
	attacked_is_proven(ATTACKED_SIZE);
}

Test(attacks, an_edited_entry_in_a_compressed_segment)
{
	attacked_replace(12, "nothing", "anything");
	attacked_pack_segment(1, 0);
	attacked_is_tampered(11, 12, "what stands here is not what was signed (the tree differs)");
}

/* Its entries are proven before it is known that it is not whole. */
Test(attacks, a_cut_compressed_segment)
{
	attacked_pack_segment(1, 1);
	attacked_is_tampered(attacked_first(2), attacked_first(2),
			     "the compressed segment is damaged");
}
