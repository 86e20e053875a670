namespace Ptewright.Files;

/// <summary>What bare digits are where a number is typed.</summary>
public enum NumberHabit
{
    /// <summary>Decimal: counts and sizes.</summary>
    Decimal,

    /// <summary>Hexadecimal: addresses, descriptors and registers, as kernels and debuggers print them.</summary>
    Hexadecimal,
}
