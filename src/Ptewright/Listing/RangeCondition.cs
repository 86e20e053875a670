using System.Globalization;
using Ptewright.Walking;

namespace Ptewright.Listing;

/// <summary>What a filter asks of a range: a tree of conditions that can be printed as it is typed, and explained in words.</summary>
public abstract record RangeCondition
{
    private RangeCondition()
    {
    }

    /// <summary>What an answer needs besides the entries themselves.</summary>
    internal virtual RangeFilterNeeds Needs => RangeFilterNeeds.None;

    /// <summary>How tightly it binds: what is looser stands in parentheses inside.</summary>
    private protected virtual int Binding => 3;

    /// <summary>Whether it holds of a range.</summary>
    public abstract bool Holds(in MappedRange range);

    /// <summary>What it asks, in words.</summary>
    public abstract string Explain();

    /// <summary>As it is typed.</summary>
    public abstract override string ToString();

    private string Inside(RangeCondition outer, Func<RangeCondition, string> say) => Binding < outer.Binding ? $"({say(this)})" : say(this);

    /// <summary>A word: <c>w</c>.</summary>
    /// <param name="Name">The word.</param>
    /// <param name="Meaning">What it asks.</param>
    /// <param name="Test">The question.</param>
    /// <param name="Asks">What it needs.</param>
    internal sealed record Word(string Name, string Meaning, Func<MappedRange, bool> Test, RangeFilterNeeds Asks = RangeFilterNeeds.None) : RangeCondition
    {
        /// <inheritdoc/>
        internal override RangeFilterNeeds Needs => Asks;

        /// <inheritdoc/>
        public override bool Holds(in MappedRange range) => Test(range);

        /// <inheritdoc/>
        public override string Explain() => Meaning;

        /// <inheritdoc/>
        public override string ToString() => Name;
    }

    /// <summary>Leaves of one level: <c>level=2</c>.</summary>
    /// <param name="Value">The level; one that no leaf has chooses nothing.</param>
    internal sealed record Level(long Value) : RangeCondition
    {
        /// <inheritdoc/>
        public override bool Holds(in MappedRange range) => range.Level == Value;

        /// <inheritdoc/>
        public override string Explain() => $"leaves of level {Value.ToString(CultureInfo.InvariantCulture)}";

        /// <inheritdoc/>
        public override string ToString() => $"level={Value.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>A memory type by its index: <c>attrindx=3</c>.</summary>
    /// <param name="Value">The index.</param>
    internal sealed record AttributeIndex(ulong Value) : RangeCondition
    {
        /// <inheritdoc/>
        public override bool Holds(in MappedRange range) => (ulong)range.Attributes.AttributeIndex == Value;

        /// <inheritdoc/>
        public override string Explain() => $"memory of type {Value.ToString(CultureInfo.InvariantCulture)} of MAIR";

        /// <inheritdoc/>
        public override string ToString() => $"attrindx={Value.ToString(CultureInfo.InvariantCulture)}";
    }

    /// <summary>Addresses: <c>pa=0x40000000-0x7fffffff</c>. A range counts when any byte of it lies there.</summary>
    /// <param name="IsPhysical">Whether it is about where ranges lead.</param>
    /// <param name="First">The first address.</param>
    /// <param name="Last">The last one, included.</param>
    internal sealed record Addresses(bool IsPhysical, ulong First, ulong Last) : RangeCondition
    {
        /// <inheritdoc/>
        internal override RangeFilterNeeds Needs => IsPhysical ? RangeFilterNeeds.Physical : RangeFilterNeeds.None;

        private string Text => First == Last ? $"0x{First:x}" : $"0x{First:x}-0x{Last:x}";

        /// <inheritdoc/>
        public override bool Holds(in MappedRange range) => IsPhysical
            ? range.Physical.Value <= Last && range.Physical.Value + (range.Size - 1) >= First
            : range.Start.Value <= Last && range.Last.Value >= First;

        /// <inheritdoc/>
        public override string Explain() => $"{(IsPhysical ? "a physical" : "a virtual")} address {(First == Last ? "is" : "in")} {Text}";

        /// <inheritdoc/>
        public override string ToString() => $"{(IsPhysical ? "pa" : "va")}={Text}";
    }

    /// <summary>The opposite: <c>!ro</c>.</summary>
    /// <param name="Inner">Of what.</param>
    internal sealed record Not(RangeCondition Inner) : RangeCondition
    {
        /// <inheritdoc/>
        internal override RangeFilterNeeds Needs => Inner.Needs;

        /// <inheritdoc/>
        public override bool Holds(in MappedRange range) => !Inner.Holds(range);

        /// <inheritdoc/>
        public override string Explain() => $"not ({Inner.Explain()})";

        /// <inheritdoc/>
        public override string ToString() => $"!{Inner.Inside(this, inner => inner.ToString())}";
    }

    /// <summary>Both: <c>w &amp; x</c>.</summary>
    /// <param name="Left">One.</param>
    /// <param name="Right">The other.</param>
    internal sealed record And(RangeCondition Left, RangeCondition Right) : RangeCondition
    {
        /// <inheritdoc/>
        internal override RangeFilterNeeds Needs => Left.Needs | Right.Needs;

        private protected override int Binding => 2;

        /// <inheritdoc/>
        public override bool Holds(in MappedRange range) => Left.Holds(range) && Right.Holds(range);

        /// <inheritdoc/>
        public override string Explain() => $"{Left.Inside(this, left => left.Explain())} and {Right.Inside(this, right => right.Explain())}";

        /// <inheritdoc/>
        public override string ToString() => $"{Left.Inside(this, left => left.ToString())} & {Right.Inside(this, right => right.ToString())}";
    }

    /// <summary>One of them or both: <c>user | w</c>.</summary>
    /// <param name="Left">One.</param>
    /// <param name="Right">The other.</param>
    internal sealed record Or(RangeCondition Left, RangeCondition Right) : RangeCondition
    {
        /// <inheritdoc/>
        internal override RangeFilterNeeds Needs => Left.Needs | Right.Needs;

        private protected override int Binding => 1;

        /// <inheritdoc/>
        public override bool Holds(in MappedRange range) => Left.Holds(range) || Right.Holds(range);

        /// <inheritdoc/>
        public override string Explain() => $"{Left.Explain()} or {Right.Explain()}";

        /// <inheritdoc/>
        public override string ToString() => $"{Left} | {Right}";
    }
}
