/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef CTL_CTL_H
#define CTL_CTL_H

/* For src/ctl/ and its tests only: the commands, and how each ends. */

#include "base/err.h"
#include "ctl/args.h"

enum ends {
#define EXIT(name, status, text) ENDS_##name = (status),
#include "ctl/exits.def"
#undef EXIT
};

/* What an error means where a file, or the server, was read. */
enum ends ends_of(enum err e);

enum ends status_run(const struct args *a);
enum ends keys_run(const struct args *a);
enum ends watch_run(const struct args *a);
enum ends token_inspect_run(const struct args *a);
enum ends token_verify_run(const struct args *a);
enum ends attestation_verify_run(const struct args *a);
enum ends audit_list_run(const struct args *a);
enum ends audit_export_run(const struct args *a);
enum ends audit_verify_run(const struct args *a);
enum ends officer_make_run(const struct args *a);
enum ends act_propose_run(const struct args *a);
enum ends act_show_run(const struct args *a);
enum ends act_approve_run(const struct args *a);
enum ends act_submit_run(const struct args *a);
enum ends vm_challenge_run(const struct args *a);
enum ends eventlog_diff_run(const struct args *a);
enum ends eventlog_show_run(const struct args *a);
enum ends quote_explain_run(const struct args *a);
enum ends quote_make_run(const struct args *a);
enum ends quote_verify_run(const struct args *a);
enum ends tpm_preview_run(const struct args *a);
enum ends decode_run(const struct args *a);
enum ends why_run(const struct args *a);

#endif
