"""Terms a student may not know, each in one sentence and a formula: the text behind each hover."""

from __future__ import annotations

from explorer.spec import Registry
from explorer.ui.glossary.attribution_terms import ATTRIBUTION_TERMS
from explorer.ui.glossary.term import Term

_TRAINING = (
    Term("epoch", "Epoch", "One pass of the training over all its samples.", "", ("batch", "step")),
    Term("batch", "Batch", "The group of samples whose average loss determines one update of the parameters.",
         "", ("batch_size", "step")),
    Term("batch_size", "Batch size", "How many samples the network processes before each update of its parameters.",
         "", ("batch",)),
    Term("step", "Step", "One update of all parameters, made after one batch.", r"\theta \leftarrow \theta - \eta\, g",
         ("batch", "learning_rate", "gradient")),
    Term("forward_pass", "Forward pass", "A batch goes through the network, node after node, from input to output.",
         r"y = f_n(\dots f_2(f_1(x)))", ("backpropagation",)),
    Term("backpropagation", "Backward pass",
         "From the loss back to the input: how much the loss would change with each number, by the chain rule.",
         r"\frac{\partial L}{\partial x} = \frac{\partial L}{\partial y} \frac{\partial y}{\partial x}",
         ("forward_pass", "gradient")),
    Term("loss", "Loss", "One number that measures how wrong the predictions are; training makes it smaller.",
         r"L = \frac{1}{n}\sum_{i=1}^{n} \ell(\hat{y}_i, y_i)", ("cross_entropy", "mean_squared_error")),
    Term("cross_entropy", "Cross-entropy",
         "The loss for classes: minus the logarithm of the probability that the network assigns to the true class.",
         r"\ell = -\log p_{y}", ("softmax", "class_probability")),
    Term("mean_squared_error", "Mean squared error",
         "The loss for numbers: the average of the squared differences between prediction and truth.",
         r"L = \frac{1}{n}\sum_{i=1}^{n} (\hat{y}_i - y_i)^2", ("regression",)),
    Term("accuracy", "Accuracy", "The share of samples whose most probable class is the true one.",
         r"\frac{\text{correct}}{\text{all}}", ("classification",)),
    Term("training_split", "Training set", "The samples from which the network learns.", "", ("validation", "test")),
    Term("validation", "Validation set",
         "Samples held out of training, which show whether the network also works on data it has not seen.",
         "", ("test", "overfitting")),
    Term("cross_validation", "Cross-validation",
         "The training samples are split into K folds, and K networks are trained, each on all folds but one, on which "
         "it is evaluated; every sample is held out once.", r"\frac{1}{K}\sum_{k=1}^{K} a_k",
         ("validation",)),
    Term("test", "Test set", "Samples used only once, at the very end, for an unbiased final score.",
         "", ("validation",)),
    Term("overfitting", "Overfitting",
         "The network gets better on its training samples while it gets worse on samples it has not seen.",
         "", ("validation", "dropout", "weight_decay")),
    Term("fine_tuning", "Fine-tuning",
         "Training that starts from weights learned elsewhere; parts may be frozen, or learn more slowly.",
         "", ("learning_rate",)),
    Term("doctor", "Doctor",
         "Checks the curves and the activations and gradients of every layer, names what keeps the network from "
         "learning, and offers changes to try.", "", ("twin",)),
    Term("twin", "Twin", "A second run of the same recipe with a single change, so that you see what the change does.",
         "", ("doctor",)),
    Term("plateau", "Plateau", "A stretch of training during which the loss hardly changes.", "", ("loss", "gradient")),
    Term("chance_level", "Chance level",
         "The loss of a network that knows nothing and gives all K classes the same probability.",
         r"L = \ln K", ("cross_entropy",)),
    Term("noise", "Noise", "Random errors added to the data, which no network can predict.",
         r"y = f(x) + \epsilon,\ \epsilon \sim \mathcal{N}(0, \sigma^2)", ()),
    Term("normalization_of_data", "Normalization of data",
         "Shifting and scaling the inputs to mean 0 and standard deviation 1.",
         r"x' = \frac{x - \mu}{\sigma}", ("batch_normalization",)),
    Term("device", "Device",
         "The part of the computer that does the arithmetic: the CPU or a GPU.",
         "", ("throughput",)),
    Term("throughput", "Throughput", "How many samples are processed per second.", "", ("device",)),
    Term("checkpoint", "Checkpoint",
         "A copy of all parameters at one step, kept so that you can inspect the network as it was then.",
         "", ("parameter", "step")),
)
_OPTIMIZATION = (
    Term("gradient", "Gradient", "For each parameter, how fast the loss rises as that parameter increases.",
         r"g = \frac{\partial L}{\partial \theta}", ("gradient_norm", "loss")),
    Term("gradient_norm", "Gradient norm",
         "The length of a layer's gradient: how strongly the loss pulls on its parameters.",
         r"\lVert g \rVert = \sqrt{\sum_i g_i^2}", ("gradient",)),
    Term("learning_rate", "Learning rate", "How far the parameters move along the negative gradient in one step.",
         r"\theta \leftarrow \theta - \eta\, g", ("gradient", "step")),
    Term("optimizer", "Optimizer", "The rule that turns gradients into updates of the parameters.",
         "", ("sgd", "momentum", "adam")),
    Term("sgd", "SGD", "Stochastic gradient descent: each step follows the negative gradient of one random batch.",
         r"\theta \leftarrow \theta - \eta\, g", ("optimizer", "momentum")),
    Term("momentum", "Momentum", "A running sum of past gradients that keeps the steps moving in a steady direction.",
         r"v \leftarrow \beta v + g,\quad \theta \leftarrow \theta - \eta v", ("sgd",)),
    Term("adam", "Adam", "An optimizer that gives every parameter its own step size, based on its recent gradients.",
         r"\theta \leftarrow \theta - \eta\, \frac{\hat{m}}{\sqrt{\hat{v}} + \epsilon}", ("optimizer", "momentum")),
    Term("weight_decay", "Weight decay", "A pull of every weight toward zero at each step, which keeps weights small.",
         r"\theta \leftarrow \theta - \eta\,(g + \lambda\theta)", ("overfitting",)),
    Term("initialization", "Initialization", "How the parameters are randomly drawn before training starts.",
         "", ("xavier", "kaiming", "seed")),
    Term("update_ratio", "Update-to-weight ratio",
         "How far one step moves a layer's weights, relative to their size: around a thousandth is healthy, far more "
         "makes training unstable, and far less makes hardly any progress.",
         r"\frac{\lVert w_{t+1} - w_t \rVert}{\lVert w_t \rVert}", ("learning_rate", "gradient_norm")),
    Term("xavier", "Xavier initialization",
         "Random weights scaled by the number of inputs and outputs, so that signals neither grow nor fade.",
         r"\operatorname{Var}(w) = \frac{2}{n_{\text{in}} + n_{\text{out}}}", ("initialization", "kaiming")),
    Term("kaiming", "Kaiming initialization",
         "Random weights scaled for ReLU, which sets about half of its inputs to zero.",
         r"\operatorname{Var}(w) = \frac{2}{n_{\text{in}}}", ("initialization", "relu")),
    Term("seed", "Seed", "The number that random draws start from; the same seed gives the same draws.",
         "", ("initialization",)),
)
_SIZES = (
    Term("parameter", "Parameter", "A number inside the network that training changes: a weight or a bias.",
         "", ("gradient",)),
    Term("multiply_adds", "Multiply-adds",
         "How many multiplications, each followed by an addition, the network needs for one "
         "sample.", "", ("throughput",)),
    Term("training_memory", "Memory per training step",
         "Weights, their gradients, the optimizer's state for each, and every layer's output for one batch.",
         "", ("activation_memory", "batch_size")),
    Term("activation_memory", "Activation memory",
         "The memory for the outputs of all layers, which training keeps to compute the gradients.",
         "", ("batch_size", "gradient")),
    Term("shape", "Shape", "The sizes of an array along each of its axes, such as channel × height × width.",
         r"C \times H \times W", ("channel",)),
    Term("channel", "Channel",
         "One of the stacked images in a layer's input or output, such as the red part of a photo.",
         "", ("feature_map", "shape")),
    Term("operation", "Operation",
         "The computation of one node: its parameters applied to its inputs, which gives its output.",
         r"y = f(x;\, \theta)", ("forward_pass", "parameter")),
    Term("feature_map", "Feature map", "The image that one kernel produces: it shows where its pattern was found.",
         "", ("kernel", "channel")),
)
_CONVOLUTION = (
    Term("kernel", "Kernel", "The small window of weights that a convolution slides over its input.",
         r"y_{i,j} = \sum_{a,b} k_{a,b}\, x_{i+a,\,j+b}", ("stride", "padding", "feature_map")),
    Term("stride", "Stride", "How many pixels the window moves from one position to the next.",
         r"\left\lfloor \frac{n - k + p + s}{s} \right\rfloor", ("kernel", "padding")),
    Term("padding", "Padding",
         "Extra pixels, most often zeros, put around the input so that the output keeps its size.",
         r"\left\lfloor \frac{n - k + p + s}{s} \right\rfloor", ("kernel", "stride")),
    Term("dilation", "Dilation", "The distance between the pixels that neighboring weights of a kernel touch.",
         r"k_{\text{eff}} = d\,(k - 1) + 1", ("kernel", "receptive_field")),
    Term("groups", "Groups", "The number of separate groups into which the channels are split, each with its own "
                             "kernels.",
         "", ("channel", "kernel")),
    Term("receptive_field", "Receptive field",
         "The part of the input image that can change one value of a feature map.",
         r"r_l = r_{l-1} + (k_l - 1)\prod_{i<l} s_i", ("kernel", "stride")),
    Term("pooling", "Pooling", "Replacing each small window of a feature map with its largest or its average value.",
         r"y_{i,j} = \max_{a,b}\, x_{si+a,\,sj+b}", ("stride", "feature_map")),
)
_ATTENTION = (
    Term("attention", "Attention",
         "Each token, as a query, weighs all tokens by how well their keys fit, and takes the mean of their values "
         "with these weights.", r"\operatorname{softmax}\left(\frac{Q K^{T}}{\sqrt{d}}\right) V",
         ("softmax", "rollout", "attention_entropy")),
    Term("rollout", "Attention rollout",
         "Attention multiplied through all layers, with half of each token going past: which parts of the input reach "
         "the output.", r"\prod_l \frac{1}{2}\,(A_l + I)", ("attention", "residual_connection")),
    Term("attention_entropy", "Entropy of attention",
         "How evenly a head spreads its weights: zero where it looks at one token alone, largest where at all alike.",
         r"-\sum_j a_j \ln a_j", ("attention",)),
    Term("logit_lens", "Logit lens",
         "The logits that the network would give if it ended after an earlier layer.", "", ("logits", "attention")),
)
_LAYERS = (
    Term("flatten", "Flatten", "Arranging all values of a stack of images in one long row.",
         r"C \times H \times W \to C H W", ("linear", "shape")),
    Term("linear", "Fully connected (linear) layer", "A layer whose every output is a weighted sum of all inputs.",
         r"y = W x + b", ("parameter",)),
    Term("activation_function", "Activation function",
         "A function applied to each value; without it, stacked layers could do no more than a single one.",
         r"y = \sigma(x)", ("relu", "sigmoid", "tanh", "gelu")),
    Term("relu", "ReLU", "Keeps positive values and sets negative ones to zero.", r"\max(0, x)",
         ("activation_function",)),
    Term("sigmoid", "Sigmoid", "Squeezes any number into the range from 0 to 1.", r"\frac{1}{1 + e^{-x}}",
         ("activation_function",)),
    Term("tanh", "Tanh", "Squeezes any number into the range from −1 to 1.", r"\frac{e^{x} - e^{-x}}{e^{x} + e^{-x}}",
         ("activation_function",)),
    Term("gelu", "GELU", "A smooth relative of ReLU that lets small negative values through a little.",
         r"x\,\Phi(x)", ("relu",)),
    Term("softmax", "Softmax", "Turns any numbers into positive ones that add up to 1.",
         r"p_i = \frac{e^{o_i}}{\sum_j e^{o_j}}", ("logits", "class_probability")),
    Term("logits", "Logits", "The raw outputs of the last layer before softmax, one per class.",
         r"o = W h + b", ("softmax",)),
    Term("class_probability", "Class probability",
         "How confident the network is of a class, from 0 to 1; over all classes it adds up to 1.",
         r"\sum_i p_i = 1", ("softmax",)),
    Term("activation_mean", "Mean of the activations",
         "The average of all values in a layer's output; where it is far from zero, the next layer has to work against "
         "an offset.",
         r"\frac{1}{n m} \sum_{i, u} h_{i,u}", ("activation_spread",)),
    Term("activation_spread", "Standard deviation of the activations",
         "How much a layer's output varies from sample to sample; where that is near zero, later layers cannot tell "
         "the samples apart.", r"\sqrt{\operatorname{mean}_u \operatorname{Var}_i\, h_{i,u}}",
         ("activation_mean",)),
    Term("dead_unit", "Dead unit",
         "A ReLU that outputs zero for every sample of the batch: no gradient passes through it, so it hardly ever "
         "recovers.",
         r"h_{i,u} = 0 \text{ for all } i", ("relu", "gradient")),
    Term("saturation", "Saturated value",
         "A value on the flat end of its sigmoid or tanh, where the slope is under a twentieth of the maximum: hardly "
         "any gradient passes through.", "", ("sigmoid", "tanh", "gradient")),
    Term("histogram", "Histogram",
         "Bars that show how many of a layer's weights, or of their gradients, lie in each range of values.", "",
         ("parameter", "gradient")),
    Term("hidden_unit", "Hidden unit",
         "One number inside the network; its map shows its value at every point of the plane, blue above zero and "
         "orange below.", "", ("decision_boundary", "activation_function")),
    Term("instruments", "Recording",
         "What is measured while a network learns: basic recording at every step, full recording with layer statistics "
         "at some of them.",
         "", ("activation_spread", "dead_unit", "update_ratio", "histogram")),
    Term("dropout", "Dropout", "Sets a random share of the values to zero during training and scales up the rest to "
                               "compensate.",
         r"h' = \frac{m}{1 - p}\, h,\quad m \in \{0, 1\}", ("overfitting",)),
    Term("batch_normalization", "Batch normalization",
         "Shifts and scales each channel to mean 0 and standard deviation 1 over the batch, then by two learned "
         "numbers.",
         r"y = \gamma\, \frac{x - \mu_B}{\sqrt{\sigma_B^2 + \epsilon}} + \beta", ("batch", "layer_normalization")),
    Term("layer_normalization", "Layer normalization",
         "Shifts and scales the values of each sample on its own to mean 0 and standard deviation 1, then by learned "
         "numbers.",
         r"y = \gamma\, \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} + \beta", ("batch_normalization",)),
    Term("residual_connection", "Residual (skip) connection",
         "A shortcut that adds the input of some layers to their output, so that they only learn the difference.",
         r"y = x + f(x)", ("gradient",)),
    Term("concatenation", "Concatenation", "Stacking the channels of several inputs one after another.",
         r"C = C_1 + C_2 + \dots", ("channel",)),
)
_TASKS = (
    Term("decision_boundary", "Decision boundary",
         "The line on which the network's prediction changes from one class to another.", r"p_i(x) = p_j(x)",
         ("classification",)),
    Term("regression", "Regression", "The task of predicting a number.", r"\hat{y} \in \mathbb{R}",
         ("mean_squared_error", "classification")),
    Term("classification", "Classification", "The task of predicting which of several classes a sample belongs to.",
         r"\hat{y} = \arg\max_i p_i", ("cross_entropy", "regression")),
    Term("next_token", "Next token",
         "The task of predicting, at each position of a text, what comes next; fed its own predictions, a network "
         "writes.",
         r"p(x_{t+1} \,|\, x_1, \dots, x_t)", ("perplexity", "temperature")),
    Term("perplexity", "Perplexity",
         "The number of equally likely characters the network seems to choose among; 1 is certain, chance level is K.",
         r"e^{-\frac{1}{n}\sum_{t} \log p(x_{t+1} \,|\, x_1, \dots, x_t)}", ("cross_entropy", "next_token")),
    Term("temperature", "Temperature",
         "How boldly the next character is sampled: near 0 always the likeliest, 1 as predicted, above 1 more random.",
         r"p_i = \text{softmax}(o / T)_i", ("softmax", "next_token")),
    Term("confusion_matrix", "Confusion matrix",
         "A table that counts, for each true class, how often the network predicts each class; the diagonal is "
         "correct.",
         r"C_{i,j} = \sum_n [\, y_n = i,\ \hat{y}_n = j \,]", ("accuracy", "classification")),
    Term("class_accuracy", "Accuracy of a class",
         "The share of one class's samples that the network gets right; their number is in brackets.",
         r"\frac{C_{i,i}}{\sum_j C_{i,j}}", ("accuracy", "confusion_matrix")),
    Term("calibration", "Calibration",
         "Whether the network's confidence matches its accuracy; the error is the mean gap over ten bins of "
         "confidence.",
         r"\sum_{b} \frac{n_b}{n} \, | a_b - c_b |", ("class_probability", "accuracy")),
)

GLOSSARY: Registry[Term] = Registry("term", (
    *_TRAINING, *_OPTIMIZATION, *_SIZES, *_CONVOLUTION, *_ATTENTION, *_LAYERS, *_TASKS, *ATTRIBUTION_TERMS))


def plain_help(name: str) -> str:
    """Compose the help for a term as plain words, without its formula; raises UnknownName."""
    from explorer.ui.language import _  # here, so that the terms can be read without Streamlit

    term = GLOSSARY.get(name)
    return f"{_(term.title)}: {_(term.sentence)}"


def hover(name: str) -> str:
    """Compose the help for a term, as Markdown in the session's language; raises UnknownName."""
    from explorer.ui.language import _  # here, so that the terms can be read without Streamlit

    term = GLOSSARY.get(name)
    words = f"**{_(term.title)}**: {_(term.sentence)}"
    return f"{words}\n\n${term.formula}$" if term.formula else words
