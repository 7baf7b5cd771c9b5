"""Terms of attribution, and of what happens if something is changed."""

from __future__ import annotations

from explorer.ui.glossary.term import Term

ATTRIBUTION_TERMS = (
    Term("attribution", "Attribution",
         "How much each value of an input counts for one number of the output, such as a class's logit.", "",
         ("gradient", "completeness")),
    Term("completeness", "Completeness",
         "A promise of some attribution methods: attributions add up to the number less that for a baseline, and the "
         "error is how far they are off.", r"\sum_i a_i = f(x) - f(x')", ("attribution", "attribution_baseline")),
    Term("attribution_baseline", "Baseline",
         "An input that holds nothing, such as a black or a mean picture: attributions explain what differs from it.",
         r"x - x'", ("completeness",)),
    Term("prepared_copy", "Prepared copy",
         "A copy of the network in which every activation is used once, not in place, and never touches another one: "
         "rules for activations are wrong otherwise.", "", ("completeness",)),
    Term("shapley_value", "Shapley value",
         "What a part adds to sets of the others, averaged over all sets: the one share that treats parts alike and "
         "adds up.", r"a_i = \sum_S w_S \, (f(S + i) - f(S))", ("completeness", "attribution_baseline")),
    Term("relevance", "Relevance",
         "The part of the answer that a value has, shared out backward from layer to layer in proportion to what each "
         "value adds.", r"R_i = \sum_j \frac{x_i w_{ij}}{\sum_k x_k w_{kj}} R_j", ("completeness",)),
    Term("deletion_curve", "Deletion curve",
         "The answer while an input's places are removed, the highest attribution first: it falls fast where the "
         "attribution marks what matters.", r"k \to p(x_{-k})", ("insertion_curve",)),
    Term("insertion_curve", "Insertion curve",
         "The answer while places are put into an empty input, the highest attribution first: it rises fast where the "
         "attribution marks what matters.", r"k \to p(x_{+k})", ("deletion_curve",)),
    Term("infidelity", "Infidelity",
         "How much of the answer's change an attribution fails to predict when places are removed at random: 0 % is "
         "perfect.",
         r"\frac{\sum_I (\beta\, I \Phi - f(x) + f(x - I))^2}{\sum_I (f(x) - f(x - I))^2}",
         ("attribution_sensitivity",)),
    Term("attribution_sensitivity", "Sensitivity",
         "How much an attribution changes, at most, when each value of the input moves a little.",
         r"\max_{d} \frac{\lVert \Phi(x + d) - \Phi(x) \rVert}{\lVert \Phi(x) \rVert}", ("infidelity",)),
    Term("sanity_check", "Sanity check",
         "Weights are drawn again, layer by layer from the last: an attribution that hardly changes does not show what "
         "the network learned.", r"r(\Phi_{\theta}, \Phi_{\text{random}})", ("spearman",)),
    Term("spearman", "Rank correlation",
         "How far two lists put the same things in the same order, from −1 over 0 to 1 (Spearman); equal values share "
         "a rank.", r"r = \operatorname{corr}(\operatorname{rank} a, \operatorname{rank} b)", ("sanity_check",)),
    Term("silencing", "Silencing (ablation)",
         "Part of what a layer computes is set to zero, to its mean or to a chosen value, to see what the rest does "
         "without it.",
         r"L(h_i = 0) - L(h)", ("channel", "patching")),
    Term("patching", "Activation patching",
         "Values of a layer are taken from another input or network; what that changes shows what they carry.",
         r"f(h_i = h'_i) - f(h)", ("silencing",)),
    Term("corruption", "Corruption",
         "An input made worse without any intention, as by noise, blur or something in the way; robust networks lose "
         "accuracy slowly as it grows.", r"\text{accuracy}(s) = P(\hat{y}(c_s(x)) = y)",
         ("adversarial_input", "accuracy")),
    Term("adversarial_input", "Adversarial input",
         "An input changed on purpose, by at most ε, to raise the loss; often too little for people to notice.",
         r"x' = x + \epsilon\, \text{sign}\, \frac{\partial L}{\partial x}", ("corruption", "gradient")),
    Term("pruning", "Pruning",
         "Taking out weights or channels that are small in magnitude; many networks keep their accuracy without most "
         "of their weights.", "", ("accuracy",)),
)
