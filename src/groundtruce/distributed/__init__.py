"""Distributed: the kernels on Apache Spark, for what one machine cannot hold."""
