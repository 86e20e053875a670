namespace System
{
    /// <summary>The base of attributes.</summary>
    public abstract class Attribute
    {
    }

    /// <summary>Where an attribute may stand.</summary>
    public enum AttributeTargets
    {
        /// <summary>Everywhere.</summary>
        All = 0x7fff,
    }

    /// <summary>Says where an attribute may stand.</summary>
    public sealed class AttributeUsageAttribute : Attribute
    {
        /// <summary>Allows it at <paramref name="targets"/>.</summary>
        public AttributeUsageAttribute(AttributeTargets targets)
        {
        }

        /// <summary>Whether it may stand there more than once.</summary>
        public bool AllowMultiple { get; set; }

        /// <summary>Whether derived types have it too.</summary>
        public bool Inherited { get; set; }
    }

    /// <summary>Marks an enumeration of bits.</summary>
    public sealed class FlagsAttribute : Attribute
    {
    }

    /// <summary>Marks what should not be used; the compiler puts it on ref structs.</summary>
    public sealed class ObsoleteAttribute : Attribute
    {
        /// <summary>Gives the reason.</summary>
        public ObsoleteAttribute(string message, bool error)
        {
        }
    }

    /// <summary>Marks an array parameter that takes any number of arguments.</summary>
    public sealed class ParamArrayAttribute : Attribute
    {
    }
}

namespace System.Reflection
{
    /// <summary>Names the indexer of a type.</summary>
    public sealed class DefaultMemberAttribute : Attribute
    {
        /// <summary>Names it.</summary>
        public DefaultMemberAttribute(string name)
        {
        }
    }
}

namespace System.Runtime.InteropServices
{
    /// <summary>How fields are laid out.</summary>
    public enum LayoutKind
    {
        /// <summary>In the order of the source.</summary>
        Sequential = 0,

        /// <summary>At given offsets.</summary>
        Explicit = 2,

        /// <summary>As the compiler likes.</summary>
        Auto = 3,
    }

    /// <summary>Says how fields are laid out.</summary>
    public sealed class StructLayoutAttribute : Attribute
    {
        /// <summary>Lays them out so.</summary>
        public StructLayoutAttribute(LayoutKind kind)
        {
        }

        /// <summary>The size in bytes.</summary>
        public int Size;

        /// <summary>The alignment of fields.</summary>
        public int Pack;
    }

    /// <summary>Marks an <c>in</c> parameter.</summary>
    public sealed class InAttribute : Attribute
    {
    }

    /// <summary>The kinds of unmanaged type; only the compilers ask for it.</summary>
    public enum UnmanagedType
    {
    }
}
