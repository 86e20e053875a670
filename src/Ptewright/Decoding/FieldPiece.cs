namespace Ptewright.Decoding;

/// <summary>Bits behind one another that belong to a field; an address may have two such pieces.</summary>
/// <param name="High">The highest bit.</param>
/// <param name="Low">The lowest bit.</param>
/// <param name="At">Where the lowest bit stands in the field's value.</param>
public readonly record struct FieldPiece(int High, int Low, int At)
{
    /// <summary>The bits.</summary>
    public ulong Mask => (~0UL >> (63 - High + Low)) << Low;

    /// <summary>As the Arm ARM writes it: <c>47:12</c>, or one number.</summary>
    public override string ToString() => High == Low ? $"{High}" : $"{High}:{Low}";
}
