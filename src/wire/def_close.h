/* SPDX-License-Identifier: GPL-2.0-or-later */

/* Ends a .def file. */
#undef SET
#undef VALUE
#undef END_SET
#undef ENTRY
#undef FIELD
#undef END
#undef MESSAGE
#undef OBJECT
#undef GROUP
#undef RECORD
