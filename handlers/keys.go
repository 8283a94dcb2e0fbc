package handlers

// Keys are the texts of ui.yaml that the program needs; start-up refuses a pack
// that lacks one (content.Pack.Lacks). need_… are the pack's own: a need without
// its title has no button.
var Keys = []string{
	// start.go
	"start", "start_web", "help", "fallback", "fallback_again", "old_button", "unsupported", "sorry",
	"b_urgent", "b_hotlines", "b_tips", "b_guides", "b_today", "b_subscribe", "b_settings", "b_privacy", "b_help", "b_back",
	// hotlines.go, crisis.go, and content.Pack.Card
	"hotlines", "hotlines_end", "need", "numbers", "urgent", "back", "b_emergency", "b_numbers", "b_more", "b_fine",
	"cost_unknown", "card_checked", "card_old",
	// tips.go, guides.go, today.go, and the scheduler's b_open
	"tips", "guides", "today_none", "today_never", "b_random", "b_next", "b_topics", "b_open", "b_hide",
	// subscribe.go, leave.go
	"ask_consent", "ask_hour", "subscribed", "subscribed_later", "already", "cannot_subscribe", "stopped", "stopped_late",
	"hour", "on", "off", "b_agree", "b_later", "b_hours",
	// settings.go, language.go, safeword.go
	"settings", "settings_stranger", "pause_none", "pause_until", "ask_new_hour", "hour_set", "ask_pause",
	"pause_3", "pause_7", "pause_14", "pause_30", "pause_set", "resumed", "discreet_on", "discreet_off",
	"ask_language", "language_name", "language_set",
	"ask_safeword", "safeword_set", "safeword_removed", "safeword_bad", "safeword_taken", "safeword_web",
	"b_hour", "b_pause", "b_resume", "b_language", "b_discreet", "b_safeword", "b_remove", "b_unsubscribe",
	// privacy.go
	"privacy", "mydata", "mydata_mark", "mydata_address", "mydata_left", "mydata_hour", "mydata_language", "mydata_safeword",
	"mydata_consent", "mydata_sent", "mydata_used", "mydata_end", "mydata_none", "mydata_web",
	"ask_delete", "deleted", "deleted_late", "delete_web", "b_mydata", "b_delete", "b_delete_yes", "b_keep",
}
