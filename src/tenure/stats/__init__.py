"""Numerics that several stages share: arrays or counts in → one number, interval or array out.

Pure functions on NumPy arrays. Nothing here reads a table, knows a column's name or decides anything.

==================  ==============================================================================
:mod:`bins`         edges from values or quantiles, counts per bin with below, above and null
:mod:`categories`   counts per category: the frequent ones, other, unseen, null
:mod:`shares`       counts → shares, and how empty bins are smoothed
:mod:`moments`      mean, std, skew from a summary that merges; mode; quantiles from bins
:mod:`psi`          population stability index, its size when nothing drifted, its p-value
:mod:`divergence`   Kullback–Leibler, Jensen–Shannon, Wasserstein
:mod:`ks`           Kolmogorov–Smirnov from bins, from samples, between classes
:mod:`ranking`      ROC AUC, Gini, one-vs-rest AUC
:mod:`delong`       sampling error of an AUC and of the difference of two
:mod:`classification`  confusion matrix and what is read from it
:mod:`probability`  log loss and Brier score
:mod:`calibration`  calibration curve and expected calibration error
:mod:`threshold`    every cut of a score, and the best one by F1, recall or cost
:mod:`resampled`    metrics measured on many resamples at once
:mod:`bootstrap`    intervals from resampling, paired on the same rows
:mod:`interval`     what an interval is
:mod:`proportion`   Wilson interval, two-proportion test
:mod:`multiple`     p-values adjusted for how many were looked at
:mod:`information`  what one column alone knows about the target
:mod:`evidence`     weights of evidence, the information value's interval, columns added up
==================  ==============================================================================

Order of arguments: what it is measured against comes first (reference before current, target before score);
only a difference is written as it is read: candidate − champion.
"""
