package content

import "testing"

func TestCronIsFiveFieldsThatCome(t *testing.T) {
	t.Parallel()
	for schedule, good := range map[string]bool{
		"*/15 * * * *": true, "0 8 * 11,12 *": true, "0 20 * * 1-5": true,
		"TZ=0": false, "TZ=0 * * * * *": false, "CRON_TZ=Asia/Tokyo 0 8 * * *": false, "@daily": false, "@every 1h x y z": false,
		"* * * *": false, "0 * * * * *": false, "60 * * * *": false, "0 8 31 2 *": false, "": false,
	} {
		if got := badCron(schedule); (got == "") != good {
			t.Errorf("badCron(%q) = %q, want good: %t", schedule, got, good)
		}
	}
}

func FuzzCron(f *testing.F) {
	for _, s := range []string{"*/15 * * * *", "TZ=0", "0 8 31 2 *", "a b c d e", "0-59/0 * * * *"} {
		f.Add(s)
	}
	f.Fuzz(func(_ *testing.T, s string) { badCron(s) })
}
