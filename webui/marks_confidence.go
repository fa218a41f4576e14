package webui

import (
	"math"

	"vestnik/gateway"
)

// confidence is what a handful of marks says of how customers really think: their mean
// lies between Low and High with 95 % probability.
//
// The marks are taken as drawn from a distribution over 1 to 5 of which nothing was known
// beforehand (a Dirichlet prior of one mark of each kind). With n(k) marks of k and N in
// all, the mean of the posterior is
//
//	m = Σ k·(n(k)+1) / (N+5)
//
// its variance is (Σ k²·(n(k)+1)/(N+5) − m²) / (N+6), and the interval is that of the
// normal distribution, m ± 1.96 σ, cut to the scale. Five marks of 5 give 3.2 to 4.8, five
// hundred 4.9 to 5. Source: Evan Miller, "Ranking Items With Star Ratings" (2014), for the
// moments of a Dirichlet distribution also Gelman et al., "Bayesian Data Analysis", appendix A.
type confidence struct {
	Low, High float64
}

const normal95 = 1.96

func confidenceOf(t gateway.MarkTable) confidence {
	total, sum, squares := 0.0, 0.0, 0.0
	for k := 1; k <= 5; k++ {
		n := float64(t.Counts[k] + 1)
		total, sum, squares = total+n, sum+n*float64(k), squares+n*float64(k*k)
	}
	mean := sum / total
	sigma := math.Sqrt(max(0, squares/total-mean*mean) / (total + 1))
	return confidence{max(1, mean-normal95*sigma), min(5, mean+normal95*sigma)}
}

// enough tells whether the marks may be judged by: fewer than ten, or an interval wider than a
// whole mark, say next to nothing about anybody.
func (c confidence) enough(marks int) bool { return marks >= 10 && c.High-c.Low <= 1 }
