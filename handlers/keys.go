package handlers

// Keys are the texts of ui.yaml that the program needs; start-up refuses a pack
// that lacks one (content.Pack.Lacks). need_… are the pack's own: a need without
// its title has no button.
var Keys = []string{
	// start.go, readalong.go
	"start", "start_web", "help", "found", "fallback", "fallback_again", "old_button", "unsupported", "sorry", "read_along",
	"b_urgent", "b_hotlines", "b_tips", "b_guides", "b_today", "b_subscribe", "b_settings", "b_privacy", "b_help", "b_back",
	// hotlines.go, crisis.go, and content.Pack.Card
	"hotlines", "hotlines_end", "need", "numbers", "urgent", "back", "b_emergency", "b_numbers", "b_more", "b_fine",
	"cost_unknown", "card_checked", "card_old", "card_open", "card_open_until", "card_closed", "card_closed_until", "hour_minute",
	// easy.go
	"b_easy", "hotlines_end_easy", "urgent_easy",
	// tips.go, guides.go, today.go, earlier.go, and the scheduler's b_open
	"tips", "guides", "today_none", "today_never", "earlier", "earlier_none", "b_earlier", "b_older", "b_random", "b_next", "b_topics", "b_open", "b_hide",
	// law.go, quiz.go, pledge.go, where.go; b_law_… are the pack's own, as need_… are
	"law", "law_topic", "law_card", "law_since", "quiz", "quiz_question", "quiz_right", "quiz_other", "quiz_end", "pledge", "pledge_kept",
	"where", "where_again", "where_areas", "where_area", "where_which", "where_near", "where_old_new", "where_split", "where_ward", "where_was",
	"where_number", "where_no_number", "where_none", "where_new", "where_old", "where_committee", "where_police", "where_union",
	"b_law", "b_quiz", "b_pledge", "b_where", "b_next_law", "b_next_question", "b_quizzes", "b_all_three", "b_pledge_more", "b_areas", "b_another",
	// subscribe.go, leave.go
	"ask_consent", "ask_hour", "subscribed", "subscribed_later", "subscribed_weekly", "already", "cannot_subscribe", "stopped", "stopped_late", "stopped_articles",
	"hour", "on", "off", "b_agree", "b_later", "b_hours",
	// notices.go
	"notices_own", "notices_hour", "notices_consent", "notices_done", "notices_failed", "notices_no_script", "notices_by_hand", "b_own_device", "b_notices_off",
	// settings.go, language.go, safeword.go
	"settings", "settings_stranger", "pause_none", "pause_until", "ask_new_hour", "hour_set", "ask_pause",
	"pause_3", "pause_7", "pause_14", "pause_30", "pause_set", "resumed", "discreet_on", "discreet_off",
	"ask_language", "language_name", "language_set",
	"ask_safeword", "safeword_set", "safeword_removed", "safeword_bad", "safeword_taken", "safeword_web",
	"b_hour", "b_pause", "b_resume", "b_language", "b_discreet", "b_safeword", "b_remove", "b_unsubscribe",
	// move.go
	"move_code", "move_fades", "move_ask", "move_wrong", "move_same", "move_cannot", "moved", "moved_late", "b_move", "b_move_in",
	// privacy.go
	"privacy", "mydata", "mydata_mark", "mydata_address", "mydata_left", "mydata_hour", "mydata_language", "mydata_safeword",
	"mydata_consent", "mydata_sent", "mydata_used", "mydata_end", "mydata_none", "mydata_web",
	"mydata_messages", "mydata_move", "ask_delete", "ask_delete_stays", "ask_delete_chat", "deleted", "deleted_none", "deleted_not", "deleted_some", "deleted_all",
	"deleted_minute", "deleted_late", "delete_web", "b_mydata", "b_json", "b_delete", "b_delete_yes", "b_keep",
	// wipe.go, discreet.go
	"wiped_all", "wiped_some", "wiped_not", "wiped_none", "wipe_cannot", "wipe_web", "b_wipe", "b_quiet_1", "b_quiet_7", "b_cover",
	"ask_open_for", "open_15", "open_60", "open_480", "open_1440", "open_set", "b_open_for",
}
